/** Mutation testing of the parts that decide: `npm run mutation`. @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: ['lambdas/core/**/*.ts', 'lambdas/client/**/*.ts'],
  testRunner: 'vitest',
  // Every mutant is in the modules that the tests import: there is nothing to be searched for.
  vitest: { configFile: 'vitest.mutation.config.ts', related: false },
  coverageAnalysis: 'perTest',
  concurrency: 2,
  // A mutant that loops for ever is rare, a busy machine is not: a mutant that survives must not pass for a timeout.
  timeoutMS: 30_000,
  disableTypeChecks: false,
  plugins: ['@stryker-mutator/vitest-runner'],
  // A copy of what the tests read, and of nothing else. Without tsconfig.json, which needs TypeScript's former API.
  ignorePatterns: ['/*', '!/lambdas', '!/sandbox', '!/test', '!/package.json', '!/vitest.mutation.config.ts'],
  tempDirName: '.stryker/sandbox',
  incrementalFile: '.stryker/incremental.json',
  reporters: ['progress-append-only', 'clear-text', 'json', 'html'],
  clearTextReporter: { reportMutants: false, reportTests: false, skipFull: true },
  jsonReporter: { fileName: '.stryker/mutation.json' },
  htmlReporter: { fileName: '.stryker/mutation.html' },
  thresholds: { high: 98, low: 95, break: 95 },
};
