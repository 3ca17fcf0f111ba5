import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../../../sandbox/deployment/clock.ts';
import { OAuthState } from '../../../../sandbox/zoho/oauth-state.ts';
import { createTokenStrings } from '../../../../sandbox/zoho/token-strings.ts';
import { MINUTE_MS, NOW_MS } from '../../../support/builders.ts';

const CONSENT = { clientId: 'acme', dataCenter: 'eu', scope: 'ZohoCRM.modules.ALL' } as const;

function stateWithTwoTokens() {
  const clock = new ManualClock(NOW_MS);
  const state = new OAuthState(clock, createTokenStrings(Math.random));
  const grants = [state.grant(CONSENT), state.grant(CONSENT)] as const;
  return { clock, state, grants };
}

describe('ten access tokens in ten minutes', () => {
  test('are for each refresh token', () => {
    const { state, grants } = stateWithTwoTokens();
    const [one, other] = grants;
    for (let mint = 0; mint < 10; mint += 1) expect(state.mint(one)).not.toBe('throttled');

    expect(state.mint(one)).toBe('throttled');
    expect(state.mint(other)).not.toBe('throttled');
  });

  test('are for all refresh tokens of a client in a data center, if Zoho counts so', () => {
    const { clock, state, grants } = stateWithTwoTokens();
    const elsewhere = state.grant({ ...CONSENT, dataCenter: 'us' });
    const another = state.grant({ ...CONSENT, clientId: 'another' });
    state.changeContract({ countsPerClient: true });
    for (let mint = 0; mint < 10; mint += 1)
      expect(state.mint(grants[mint % 2 === 0 ? 0 : 1])).not.toBe('throttled');

    for (const grant of grants) expect(state.mint(grant)).toBe('throttled');
    for (const grant of [elsewhere, another]) expect(state.mint(grant)).not.toBe('throttled');
    clock.advance(20 * MINUTE_MS);
    expect(state.mint(grants[0])).not.toBe('throttled');
  });
});
