import { configDefaults, defineConfig } from 'vitest/config';

/** Nothing in these changes what is shared: modules are loaded once per worker, which saves half of their time. */
const PURE = ['test/unit/**/*.test.ts', 'test/property/**/*.test.ts', 'test/infra/**/*.test.ts'];
/** These look at what is shared, the listeners of the process, or put mocks in the place of the SDK's clients. */
const ALONE = 'test/unit/{adapters,client}/**/*.test.ts';
/** These take a minute of both cores: other languages, other emulators, whole processes. Run with LONG=1, as `.ci/run` does. */
const LONG = process.env.LONG === undefined ? [] : ['test/long/**/*.test.ts'];

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
          include: ['test/{simulation,integration,browser}/**/*.test.ts', ALONE, ...LONG],
        },
      },
      {
        extends: true,
        test: { name: 'pure', include: PURE, exclude: [...configDefaults.exclude, ALONE], isolate: false },
      },
    ],
  },
});
