// Package osrmapi speaks the HTTP protocol of OSRM, version 1: route, table and
// nearest, so that programs written for OSRM work unchanged. Errors are OSRM's
// codes and sentences, never problem documents.
//
// Known and left out: match and trip; alternatives beyond the best route;
// bearings, exclude and fallback of tables. A request for one of these is
// answered with NotImplemented, an unknown parameter with InvalidQuery.
//
// Source: https://project-osrm.org/docs/v5.24.0/api/
package osrmapi
