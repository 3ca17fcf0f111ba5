import { describe, expect, it } from 'vitest';
import { sdkError, startCloudWatchReporter } from '../../../support/put-metric-data.ts';

describe('the end of a process', () => {
  it('has one listener, however many reporters have something to send', async () => {
    const before = process.listenerCount('beforeExit');
    const reporters = Array.from({ length: 20 }, () => startCloudWatchReporter());

    for (const { record } of reporters) record(1);

    expect(process.listenerCount('beforeExit')).toBe(before + 1);
    await Promise.all(reporters.map(({ reporter }) => reporter.close()));
  });

  it('has none when everything was sent, nor after close', async () => {
    const before = process.listenerCount('beforeExit');
    const sent = startCloudWatchReporter();
    const closed = startCloudWatchReporter();

    sent.record(1);
    closed.record(1);
    closed.fail(sdkError('ThrottlingException'));
    await sent.reporter.flush();
    expect(process.listenerCount('beforeExit')).toBe(before + 1);
    await closed.reporter.close();

    expect(process.listenerCount('beforeExit')).toBe(before);
  });
});
