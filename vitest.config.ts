import { availableParallelism } from 'node:os';
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
/**
 * Of those, the ones that take seconds: hours of ticks, operators' commands with every failure on the way, and apps in processes of
 * their own. `npm test` leaves them to `.ci/run`; `npx vitest run --project slow` runs them, and so does the path of one.
 */
const SLOW = [
  'test/secrecy/{cli,refresher}.test.ts',
  'test/contracts/refresher.test.ts',
  'test/infra/{cross-account,synth}.test.ts',
  'test/unit/refresher/{herd,on-demand-storm}.test.ts',
  'test/unit/capacity/quick.test.ts',
  'test/integration/{client-after-redeploy,consent-attacks,fenced-publish,following,lost-row,no-token}.test.ts',
  'test/integration/{notifications,parked,rotated-tokens,shared-clients,state-change-events,version-skew}.test.ts',
  'test/integration/{deployed-consent-*,wrong-clocks,wrong-refusals}.test.ts',
  'test/integration/cli-authorize-{conflict,failures,modes,pasted,shared}.test.ts',
  'test/integration/cli-{adopt,adopt-move,audit,client,errors,invite,lifecycle,mint-without-table}.test.ts',
  'test/integration/cli-{move,reconnect,revoke,status,token}.test.ts',
];
/** Tests that take minutes: other languages, other emulators, a browser, whole processes. LONG=1 runs them, as `.ci/run` does. */
const LONG = process.env.LONG === undefined ? [] : ['test/{long,browser}/**/*.test.ts'];
/** Tests that install the package from a registry. PACKAGE=1 runs them, as `.ci/run` does. */
const PACKAGE = process.env.PACKAGE === undefined ? [] : ['test/package/**/*.test.ts'];

/** The slowest ones, which few changes can break. FULL=1 runs them, too, as a release does. */
const SLOWEST =
  process.env.FULL === undefined ? ['test/long/{drill,verify}.test.ts', 'test/package/cdk-init.test.ts'] : [];

/** What all projects share. They do not extend the configuration: each would build the functions once more. */
const SHARED = {
  env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  testTimeout: 60_000,
  hookTimeout: 180_000,
};

export default defineConfig({
  test: {
    globalSetup: ['test/support/build-lambda.ts'],
    // One more than cores: some tests wait for retries of the AWS SDK or for processes, and others use that time.
    maxWorkers: availableParallelism() + 1,
    // A run takes a tenth less if the one before it transformed the same sources.
    experimental: { fsModuleCache: true },
    projects: [
      { test: { ...SHARED, name: 'alone', include: ALONE } },
      {
        test: {
          ...SHARED,
          name: 'together',
          include: TOGETHER,
          exclude: [...configDefaults.exclude, ...ALONE, ...SLOW],
          isolate: false,
        },
      },
      { test: { ...SHARED, name: 'slow', include: SLOW, isolate: false } },
      {
        test: {
          ...SHARED,
          name: 'long',
          include: LONG,
          exclude: [...configDefaults.exclude, ...SLOWEST],
        },
      },
      {
        test: {
          ...SHARED,
          name: 'package',
          include: PACKAGE,
          exclude: [...configDefaults.exclude, ...SLOWEST],
          globalSetup: PACKAGE.length > 0 ? ['test/package/pack.ts'] : [],
          testTimeout: 400_000,
          hookTimeout: 400_000,
        },
      },
    ],
  },
});
