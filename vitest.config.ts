import { defineConfig } from 'vitest/config';

/** Nothing in these changes what is shared: modules are loaded once per worker, which saves half of their time. */
const PURE = ['test/unit/**/*.test.ts', 'test/property/**/*.test.ts', 'test/infra/**/*.test.ts'];
/** These look at what is shared, the listeners of the process. */
const ALONE = 'test/unit/adapters/**/*.test.ts';

export default defineConfig({
  test: {
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    maxWorkers: '100%',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'isolated',
          include: ['test/simulation/**/*.test.ts', 'test/integration/**/*.test.ts', ALONE],
        },
      },
      { extends: true, test: { name: 'pure', include: PURE, exclude: [ALONE], isolate: false } },
    ],
  },
});
