import { describe, expect, it } from 'vitest';
import { createClientPool } from '../../../../lambdas/client/many/client-pool.ts';

const succeed = () => Promise.resolve();

describe('a pool', () => {
  it('never exceeds its bound by idle items, however many are used', async () => {
    const pool = createClientPool(3, (name) => name);

    for (let number = 0; number < 100; number += 1) await pool.use(`tenant-${number}`, succeed);

    expect(pool.size).toBe(3);
    expect([pool.find('tenant-96'), pool.find('tenant-97')]).toEqual([undefined, 'tenant-97']);
  });

  it('keeps every item that is in use, and shrinks when the calls end', async () => {
    const pool = createClientPool(2, (name) => name);
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });

    const calls = Array.from({ length: 10 }, (_, number) => pool.use(`tenant-${number}`, () => ended));
    expect(pool.size).toBe(10);
    end();
    await Promise.all(calls);

    expect(pool.size).toBe(2);
  });

  it('keeps no item that never worked', async () => {
    const pool = createClientPool(2, (name) => name);

    await pool.use('unknown', () => Promise.reject(new Error('no'))).catch(() => {});

    expect(pool.size).toBe(0);
  });
});
