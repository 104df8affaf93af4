// Package archtest holds the house to its rules: who may import whom, which
// package is the only door to which library, and that every exported name says
// what it means. Its tests fail the build; it has no other use.
package archtest
