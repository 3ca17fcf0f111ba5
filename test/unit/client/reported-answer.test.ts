import { describe, expect, it } from 'vitest';
import { kindOf } from '../../../lambdas/client/rejection-memory.ts';
import { isReportedKind, judgeReported, kindOfReported } from '../../../lambdas/client/reported-answer.ts';

const LEADS = 'https://www.zohoapis.eu/crm/v8/Leads';
const INVALID_TOKEN = '{"code":"INVALID_TOKEN"}';
const verdictOn = (body: unknown, status = 401) => judgeReported({ status, url: LEADS, body }).verdict;

describe('an answer that is reported', () => {
  it('is judged by its body, which may be text, bytes or JSON', () => {
    const bytes = new TextEncoder().encode(INVALID_TOKEN);

    for (const body of [INVALID_TOKEN, bytes, bytes.buffer, JSON.parse(INVALID_TOKEN)])
      expect(verdictOn(body)).toBe('token');
    expect(verdictOn('<html>', 400)).toBe('accepted');
    expect(
      judgeReported({ status: 401, url: 'https://www.zohoapis.eu/bookings/v1', body: '<' }).verdict,
    ).toBe('token');
  });

  it('is judged without a body that is not JSON', () => {
    const circular: { self?: unknown } = {};
    circular.self = circular;

    expect(verdictOn(circular)).toBe('ambiguous');
    expect(verdictOn(undefined)).toBe('ambiguous');
  });

  it('is ambiguous, and of no kind, if only the caller knows it', () => {
    expect(judgeReported(undefined)).toEqual({ verdict: 'ambiguous', kind: '' });
  });

  it.each([100, 599])('may have any HTTP status: %i', (status) => {
    expect(verdictOn(INVALID_TOKEN, status)).toBe('accepted');
  });

  it.each([
    [{ status: 99, url: LEADS }, 'answer.status must be an HTTP status, is 99.'],
    [{ status: 600, url: LEADS }, 'answer.status must be an HTTP status, is 600.'],
    [{ status: 401, url: '/Leads' }, 'url must be an absolute URL, is a text (value omitted).'],
  ])('is checked: %j', (answer, message) => {
    expect(() => judgeReported(answer)).toThrow(
      expect.objectContaining({ code: 'invalid_argument', message }),
    );
  });
});

describe('the kind of a reported call', () => {
  it('has no method, so that it differs from that of a call through `fetch`', () => {
    expect(kindOfReported(LEADS)).toBe('/www.zohoapis.eu/crm/v8/Leads');
    expect(isReportedKind(kindOfReported(LEADS))).toBe(true);
    expect(isReportedKind('')).toBe(true);
    expect(isReportedKind(kindOf('GET', new URL('https://www.zohoapis.eu/crm/v8/')))).toBe(false);
  });
});
