import { describe, expect, it } from 'vitest';
import { MAX_SEED } from '../../simulation/choices.ts';
import { parseOptions } from '../../simulation/options.ts';

const NOW_MS = Date.UTC(2026, 10, 25, 23, 59, 59);
const TODAY = {
  mode: 'simulate',
  today: '2026-11-25',
  from: 2_078_200_000,
  count: 2_000,
  threads: undefined,
  store: 'alternate',
};

const parse = (line: string, nowMs = NOW_MS) => parseOptions(line.split(' ').filter(Boolean), nowMs);

describe('npm run simulate', () => {
  it.each([
    ['', { mode: 'simulate', today: undefined, from: 1, count: 2_000, threads: undefined }],
    [`--from ${MAX_SEED} --seeds 1 --threads 3`, { from: MAX_SEED, count: 1, threads: 3 }],
    ['--from 0 --seeds 4294967296', { from: 0, count: 4_294_967_296 }],
    ['--replay 0', { mode: 'replay', seed: 0, store: 'dynamodb' }],
    ['--replay 0 --store secrets-manager', { mode: 'replay', seed: 0, store: 'secrets-manager' }],
    ['--store both --seeds 3', { mode: 'simulate', store: 'both', count: 3 }],
    ['--today --store dynamodb', { ...TODAY, store: 'dynamodb' }],
    [`--replay ${MAX_SEED}`, { mode: 'replay', seed: MAX_SEED }],
    ['--mutants --only lease', { mode: 'mutants', only: 'lease', from: 1, count: 3_000 }],
    ['--mutants --from 7 --seeds 9', { mode: 'mutants', only: '', from: 7, count: 9 }],
    ['--today', TODAY],
    ['--today --seeds 9 --threads 3', { ...TODAY, count: 9, threads: 3 }],
    ['--mutants --today --help', { mode: 'help' }],
  ])('accepts "%s"', (line, expected) => {
    expect(parse(line)).toMatchObject(expected);
  });

  it.each([
    ['--from 4294967296', '--from must be a whole number from 0 to 4294967295, not "4294967296".'],
    ['--replay 99999999999', '--replay must be a whole number from 0 to 4294967295, not "99999999999".'],
    ['--from 1.5', '--from must be a whole number'],
    ['--seeds 0', '--seeds must be a whole number from 1 to 4294967296, not "0".'],
    ['--threads 0', '--threads must be a whole number from 1 to 1024, not "0".'],
    ['--from 4294967295', '2000 seeds from 4294967295 end at 4294969294. The largest seed is 4294967295.'],
    ['--today --from 1', '--today cannot be combined with --from.'],
    ['--today --replay 1', 'cannot be combined'],
    ['--today --mutants', 'cannot be combined'],
    ['--replay 1 --seeds 2', '--replay cannot be combined with --seeds.'],
    ['--replay 1 --mutants', 'cannot be combined'],
    ['--store s3', '--store must be one of secrets-manager, dynamodb, both, alternate, not "s3".'],
    ['--replay 1 --store both', '--replay runs one world, so --store must be secrets-manager or dynamodb.'],
    ['--mutants --store both', '--mutants cannot be combined with --store.'],
    ['--only lease', '--only needs --mutants.'],
    ['--only lease --today', '--only needs --mutants.'],
    ['--sedes 1', '--sedes'],
    ['7', '7'],
  ])('rejects "%s"', (line, message) => {
    expect(() => parse(line)).toThrow(message);
  });

  it('runs other seeds every day for a hundred years', () => {
    const firstSeeds = Array.from({ length: 100 * 366 }, (_, day) => parse('--today', day * 86_400_000));

    const numbers = firstSeeds.map((options) => ('from' in options ? options.from : Number.NaN));
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(Math.max(...numbers)).toBeLessThanOrEqual(MAX_SEED - 100_000);
  });
});
