import { defineConfig } from 'vitest/config';

/**
 * The tests that have to kill the mutants: unit tests on fakes. They run in milliseconds, so that a thousand mutants take
 * minutes. A mutant that only an integration test would kill shows that a unit test is missing.
 */
export default defineConfig({
  test: {
    include: ['test/unit/{core,client}/**/*.test.ts'],
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  },
});
