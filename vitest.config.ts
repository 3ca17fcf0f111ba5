import { configDefaults, defineConfig } from 'vitest/config';

/** Tests that check process-wide state, such as listeners of the process, or that mock the SDK's clients. */
const ALONE = [
  'test/unit/client/metrics/before-exit.test.ts',
  'test/unit/client/{client-bounds,create-zoho-client,reported-calls,metrics/create-client-metrics}.test.ts',
  'test/unit/refresher/handler.test.ts',
  'test/integration/aws-failures.test.ts',
  'test/simulation/**/*.test.ts',
];
/** All others change no process-wide state. Modules are loaded once per worker, which saves a third of the time. */
const TOGETHER = ['test/{unit,property,infra,integration,contracts,secrecy}/**/*.test.ts'];
/** Tests that take minutes: other languages, other emulators, a browser, whole processes. LONG=1 runs them, as `.ci/run` does. */
const LONG = process.env.LONG === undefined ? [] : ['test/{long,browser}/**/*.test.ts'];
/** Tests that install the package from a registry. PACKAGE=1 runs them, as `.ci/run` does. */
const PACKAGE = process.env.PACKAGE === undefined ? [] : ['test/package/**/*.test.ts'];

/** The slowest ones, which few changes can break. FULL=1 runs them, too, as a release does. */
const SLOWEST =
  process.env.FULL === undefined ? ['test/long/verify.test.ts', 'test/package/cdk-init.test.ts'] : [];

export default defineConfig({
  test: {
    globalSetup: ['test/support/build-lambda.ts'],
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    maxWorkers: '100%',
    testTimeout: 60_000,
    hookTimeout: 180_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'alone',
          include: [...ALONE, ...LONG],
          exclude: [...configDefaults.exclude, ...SLOWEST],
        },
      },
      {
        extends: true,
        test: {
          name: 'together',
          include: TOGETHER,
          exclude: [...configDefaults.exclude, ...ALONE],
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'package',
          include: PACKAGE,
          exclude: [...configDefaults.exclude, ...SLOWEST],
          globalSetup: PACKAGE.length > 0 ? ['test/package/pack.ts'] : [],
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
});
