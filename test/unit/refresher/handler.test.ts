import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { World } from '../../../lambdas/refresher/compose-refresher.ts';
import { DEFAULT_CONFIG, toEnvironment } from '../../../lambdas/refresher/config.ts';

const CONFIG = { ...DEFAULT_CONFIG, tableName: 'connections', secretPrefix: 'team', declaredConnections: {} };

vi.mock('../../../lambdas/refresher/compose-refresher.ts', () => ({
  composeRefresher: (world: World) => world,
}));

/** What the entry point composes the refresher from. */
let world: World;

beforeAll(async () => {
  for (const [name, value] of Object.entries({ ...toEnvironment(CONFIG), AWS_REGION: 'eu-west-1' }))
    vi.stubEnv(name, value);
  world = (await import('../../../lambdas/refresher/handler.ts')).handler as unknown as World;
});

afterAll(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

describe('the entry point of the refresher', () => {
  test('reads the configuration from the environment', () => {
    expect(world.config).toEqual(CONFIG);
  });

  test('has the clocks of the machine', () => {
    const { clock } = world;

    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(1_000);
    expect(Math.abs((clock.monotonic?.() ?? Number.NaN) - performance.now())).toBeLessThan(1_000);
    expect(clock.abortAfter(60_000).aborted).toBe(false);
  });

  test('has randomness, and a new name for each lease', () => {
    const { random, newLeaseOwner } = world;

    expect(random()).toBeLessThan(1);
    expect(new Set([newLeaseOwner(), newLeaseOwner()]).size).toBe(2);
  });

  test('calls Zoho with the fetch of the moment', () => {
    const { fetch } = world;
    const fake = vi.fn(() => 'answer');
    vi.stubGlobal('fetch', fake);

    expect(fetch('https://accounts.zoho.eu', { method: 'POST' })).toBe('answer');
    expect(fake).toHaveBeenCalledWith('https://accounts.zoho.eu', { method: 'POST' });
  });

  test('writes logs under the prefix and metrics, each as a line of the standard output', () => {
    const { writeMetricLine, logger } = world;
    const written: string[] = [];
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
      written.push(String(line));
      return true;
    });

    writeMetricLine('{}');
    logger.info('hello');
    write.mockRestore();

    expect(written[0]).toBe('{}\n');
    expect(JSON.parse(written[1] ?? '')).toMatchObject({ message: 'hello', service: 'team' });
  });
});
