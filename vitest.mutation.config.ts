import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Tests that mock modules or check process-wide state. */
const ALONE = [
  'test/unit/client/{client-bounds,create-zoho-client,reported-calls}.test.ts',
  'test/unit/client/metrics/{before-exit,create-client-metrics}.test.ts',
  'test/unit/refresher/handler.test.ts',
];

/**
 * The tests that have to kill the mutants: unit tests on fakes, and the facts about the ports in the simulation. They run in
 * milliseconds, so that thousands of mutants take minutes. A mutant that only an integration test would kill shows that a unit
 * test is missing. For each mutant, modules are loaded once and not for every file: most of the time is spent on loading them.
 */
export default defineConfig({
  test: {
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    // With coverage and on a busy machine, the slowest test takes longer than the usual 5 seconds.
    testTimeout: 20_000,
    sequence: { sequencer: createCheapestFirst() },
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          include: [
            'test/unit/{core,client,refresher,adapters}/**/*.test.ts',
            'test/contracts/simulated-ports.test.ts',
          ],
          exclude: [...configDefaults.exclude, ...ALONE],
          isolate: false,
        },
      },
      { extends: true, test: { name: 'alone', include: ALONE } },
    ],
  },
});

/** The first test that fails kills the mutant: files that load no SDK come first. */
function createCheapestFirst() {
  const ORDER = ['/unit/core/', '/unit/adapters/', '/unit/refresher/', '/contracts/', '/unit/client/'];
  const rank = ({ moduleId }: TestSpecification) => ORDER.findIndex((folder) => moduleId.includes(folder));

  return class extends BaseSequencer {
    override sort(files: TestSpecification[]) {
      return Promise.resolve(files.toSorted((one, other) => rank(one) - rank(other)));
    }
  };
}
