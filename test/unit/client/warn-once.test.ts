import { expect, it, vi } from 'vitest';
import { warnOnce } from '../../../lambdas/client/warn-once.ts';

it('a warning is emitted once per process, code and reason', () => {
  const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});

  warnOnce({ code: 'metrics_dropped', reason: 'of the test', message: 'first' });
  warnOnce({ code: 'metrics_dropped', reason: 'of the test', message: 'again' });
  warnOnce({ code: 'metrics_dropped', reason: 'another of the test', message: 'another reason' });
  warnOnce({ code: 'secret_unavailable', reason: 'of the test', message: 'another code' });

  expect(emitWarning.mock.calls).toEqual([
    ['first', { type: 'ZohoClientWarning', code: 'metrics_dropped' }],
    ['another reason', { type: 'ZohoClientWarning', code: 'metrics_dropped' }],
    ['another code', { type: 'ZohoClientWarning', code: 'secret_unavailable' }],
  ]);
  emitWarning.mockRestore();
});
