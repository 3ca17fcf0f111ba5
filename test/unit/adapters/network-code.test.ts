import { describe, expect, it } from 'vitest';
import { networkCodeOf } from '../../../lambdas/adapters/network-code.ts';

/** The error as the cause of this many others. */
const nest = (error: Error, times: number): Error =>
  times === 0 ? error : new Error('outer', { cause: nest(error, times - 1) });
const withCode = (code: unknown) => Object.assign(new Error('canary'), { code });

describe('the code of a network error', () => {
  it.each([
    'ENOTFOUND',
    'EAI_AGAIN',
    'ECONNREFUSED',
    'CERT_HAS_EXPIRED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
    'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
    'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE',
    'ERR_HTTP2_STREAM_ERROR',
    'UND_ERR_CONNECT_TIMEOUT',
  ])('%s is shown whole', (code) => {
    expect(networkCodeOf(withCode(code))).toBe(code);
  });

  it.each([
    '1000.0123456789ABCDEF',
    'AKIAIOSFODNN7EXAMPLE',
    'A1B2C3D4',
    'lower_case',
    'TWO WORDS',
    'A_'.repeat(40),
    `${'A_'.repeat(40)}A`,
    'E'.repeat(30),
    'EE',
    '',
    42,
    undefined,
  ])('%j is not shown', (code) => {
    expect(networkCodeOf(withCode(code))).toBeUndefined();
  });

  it('is found in the causes, which are not followed for ever', () => {
    const cause = withCode('ENOTFOUND');
    const endless = new Error('canary');
    endless.cause = endless;

    expect(networkCodeOf(new TypeError('fetch failed', { cause }))).toBe('ENOTFOUND');
    expect(networkCodeOf(new Error('a', { cause: new Error('b', { cause }) }))).toBe('ENOTFOUND');
    expect(networkCodeOf(endless)).toBeUndefined();
    expect(networkCodeOf(nest(cause, 3))).toBe('ENOTFOUND');
    expect(networkCodeOf(nest(cause, 4))).toBeUndefined();
    expect(networkCodeOf('ENOTFOUND')).toBeUndefined();
  });
});
