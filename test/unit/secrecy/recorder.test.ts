import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Redacted } from '../../../lambdas/core/redacted.ts';
import { Canary } from '../../secrecy/canary.ts';
import { CanaryRecorder } from '../../secrecy/recorder.ts';

const TOKEN = '1000.c0ffee1234deadbeef9876fedcba5501.7e57ab1e0ddba11feedfacecafe00d42';
const canary = new Canary();
canary.watchFor('the token', TOKEN);

function hidden(name: string, value: unknown): object {
  return Object.defineProperty({}, name, { value, enumerable: false });
}

describe('the recorder sees a secret', () => {
  const thrown: [where: string, error: unknown][] = [
    ['in the message', new Error(`cannot use ${TOKEN}`)],
    ['in the stack alone', Object.assign(new Error('x'), { stack: `Error: x\n    at ${TOKEN}` })],
    ['in the name', Object.assign(new Error('x'), { name: TOKEN })],
    ['in a field', Object.assign(new Error('x'), { request: { body: TOKEN } })],
    ['in a hidden field', Object.defineProperty(new Error('x'), '$response', { value: { body: TOKEN } })],
    ['in the cause of its cause', new Error('x', { cause: new Error('y', { cause: new Error(TOKEN) }) })],
    ['in a cause that is no error', new Error('x', { cause: { token: TOKEN } })],
    ['in one of several errors', new AggregateError([new Error('x'), new Error(TOKEN)])],
    ['in its JSON alone', Object.assign(new Error('x'), { toJSON: () => ({ token: TOKEN }) })],
    ['as what was thrown', TOKEN],
  ];

  const values: [where: string, value: unknown][] = [
    ['deep in it', { a: { b: { c: { d: [{ token: TOKEN }] } } } }],
    ['in a hidden property', hidden('token', TOKEN)],
    ['in its string alone', { toString: () => TOKEN }],
    ['in a map', new Map([['token', TOKEN]])],
    ['in bytes', { body: Buffer.from(TOKEN).toString('base64') }],
  ];

  it.each([
    ...thrown.map(([where, error]) => ['a thrown error', where, () => Promise.reject(error)] as const),
    ...values.map(([where, value]) => ['a value', where, () => value] as const),
  ])('of %s %s', async (_, __, call) => {
    const recorder = new CanaryRecorder();

    await recorder.listenTo('call', call);

    expect(recorder.findings(canary)).not.toEqual([]);
  });

  it('on standard output and standard error, on the console and in warnings', async () => {
    const recorder = new CanaryRecorder();
    const stop = recorder.listenToOutput();

    process.stdout.write(`out ${TOKEN}`);
    process.stderr.write(Buffer.from(`err ${TOKEN}`));
    console.info('info', { token: TOKEN });
    process.emitWarning(`beware of ${TOKEN}`);
    await new Promise(setImmediate);
    stop();

    const ways = recorder.findings(canary).map((finding) => finding.split(':')[0]);
    expect(ways).toEqual(
      expect.arrayContaining(['stdout', 'stderr', 'console.info', 'process warning, message']),
    );
  });

  it('in files and in their names, however deep', () => {
    const recorder = new CanaryRecorder();
    const folder = mkdtempSync(join(tmpdir(), 'recorder-'));
    mkdirSync(join(folder, 'a', TOKEN), { recursive: true });
    writeFileSync(join(folder, 'a', 'b.json'), JSON.stringify({ token: TOKEN }));

    recorder.noteFiles('files', folder);
    rmSync(folder, { recursive: true });

    const ways = recorder.findings(canary).map((finding) => finding.split(':')[0]);
    expect(ways.toSorted()).toEqual(['files, b.json', 'files, name of a file']);
  });

  it('on the path on which it was said, and on no other', () => {
    const recorder = new CanaryRecorder();

    recorder.begin('first');
    recorder.note('log', TOKEN);
    recorder.begin('second');
    recorder.note('log', 'nothing');

    expect(recorder.findings(canary, 'first')).toHaveLength(1);
    expect(recorder.findings(canary, 'second')).toEqual([]);
  });
});

describe('the recorder sees nothing', () => {
  it('of a secret that is wrapped', async () => {
    const recorder = new CanaryRecorder();
    const secret = new Redacted(TOKEN);

    await recorder.listenTo('value', () => ({ secret }));
    await recorder.listenTo('error', () => Promise.reject(Object.assign(new Error(`${secret}`), { secret })));

    expect(recorder.said.length).toBeGreaterThan(10);
    expect(recorder.findings(canary)).toEqual([]);
  });

  it('of what a test does itself', async () => {
    const recorder = new CanaryRecorder();

    await recorder.turnAway(() => recorder.note('request', TOKEN));
    recorder.note('request', 'nothing');

    expect(recorder.said).toHaveLength(1);
  });

  it('of what is written when it no longer listens', () => {
    const recorder = new CanaryRecorder();
    const { write } = process.stdout;
    const { log } = console;

    recorder.listenToOutput()();

    expect(process.stdout.write).toBe(write);
    expect(console.log).toBe(log);
  });
});
