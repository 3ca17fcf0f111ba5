/** Mutation testing of what runs in Lambda: `npm run mutation`. @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: ['lambdas/{core,client,refresher,adapters}/**/*.ts'],
  testRunner: 'vitest',
  // The tests import every mutated module, so there is no need to search for related tests.
  vitest: { configFile: 'vitest.mutation.config.ts', related: false },
  coverageAnalysis: 'perTest',
  concurrency: 2,
  // Mutants that loop forever are rare, busy machines are not: a slow survivor must not count as a timeout.
  timeoutMS: 30_000,
  disableTypeChecks: false,
  plugins: ['@stryker-mutator/vitest-runner'],
  // Copies only what the tests read. tsconfig.json is left out, because Stryker needs TypeScript's former API to read it.
  ignorePatterns: [
    '/*',
    '!/lambdas',
    '!/sandbox',
    '!/test',
    '!/docs',
    '!/package.json',
    '!/vitest.mutation.config.ts',
  ],
  tempDirName: '.stryker/sandbox',
  incrementalFile: '.stryker/incremental.json',
  reporters: ['progress-append-only', 'clear-text', 'json', 'html'],
  clearTextReporter: { reportMutants: false, reportTests: false, skipFull: true },
  jsonReporter: { fileName: '.stryker/mutation.json' },
  htmlReporter: { fileName: '.stryker/mutation.html' },
  // test/support/check-survivors.ts judges the scores, by folder.
  thresholds: { high: 98, low: 95, break: null },
};
