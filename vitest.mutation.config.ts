import { defineConfig } from 'vitest/config';

/**
 * The tests that mutants are held against: those of units, on fakes. They run in milliseconds, so that a thousand mutants
 * take minutes, and a mutant that only an integration test would notice is one that lacks a fact.
 */
export default defineConfig({
  test: {
    include: ['test/unit/{core,client}/**/*.test.ts'],
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  },
});
