import { defineConfig } from 'vitest/config'

// No unit test is about speed, and a machine may be busy.
export default defineConfig({
  test: { include: ['src/**/*.test.ts'], environment: 'node', testTimeout: 60_000 },
})
