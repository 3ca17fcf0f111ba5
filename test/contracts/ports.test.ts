import { afterAll, beforeAll } from 'vitest';
import { testEveryPort } from './ports/every-port.ts';
import { LoopbackPorts } from './ports/loopback.ts';

let loopback: LoopbackPorts;
beforeAll(async () => {
  loopback = await LoopbackPorts.start();
});
afterAll(() => loopback.close());

testEveryPort({ 'over HTTP, with the real SDK': () => loopback.fresh() });
