import { configDefaults, defineConfig } from 'vitest/config';

/** These look at what is shared, the listeners of the process, or put mocks in the place of the SDK's clients. */
const ALONE = [
  'test/unit/client/metrics/before-exit.test.ts',
  'test/unit/client/{create-zoho-client,metrics/create-client-metrics}.test.ts',
  'test/integration/aws-failures.test.ts',
  'test/simulation/**/*.test.ts',
];
/** Nothing in the others changes what is shared: modules are loaded once per worker, which saves a third of their time. */
const TOGETHER = ['test/{unit,property,infra,integration,contracts,secrecy}/**/*.test.ts'];
/** These take minutes of both cores: other languages, other emulators, a browser, whole processes. Run with LONG=1, as `.ci/run` does. */
const LONG = process.env.LONG === undefined ? [] : ['test/{long,browser}/**/*.test.ts'];

export default defineConfig({
  test: {
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    maxWorkers: '100%',
    testTimeout: 60_000,
    hookTimeout: 180_000,
    projects: [
      { extends: true, test: { name: 'alone', include: [...ALONE, ...LONG] } },
      {
        extends: true,
        test: {
          name: 'together',
          include: TOGETHER,
          exclude: [...configDefaults.exclude, ...ALONE],
          isolate: false,
        },
      },
    ],
  },
});
