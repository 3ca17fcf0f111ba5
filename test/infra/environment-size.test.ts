import { describe, expect, test } from 'vitest';
import { MAX_ENVIRONMENT_BYTES } from '../../infra/refresher-environment.ts';
import { checkSettings, parseSettings } from '../../infra/settings/parse-settings.ts';
import { settingsSchema } from '../../infra/settings/settings.ts';

describe("the function's environment", () => {
  test('has room for about 45 connections; the error says how many fit', () => {
    expect(parseSettings(withConnections(45))).toBeDefined();
    expect(problemsOf(60)).toEqual([
      `connections: need 5082 bytes of the function's environment. Allowed: ${MAX_ENVIRONMENT_BYTES} bytes (a limit of Lambda), enough for the first 46 of 60. Declare fewer connections or scopes, and add the others at run time with zoho-tokens connect.`,
    ]);
  });

  test('has room for exactly as many connections as the error says', () => {
    expect(parseSettings(withConnections(46))).toBeDefined();
    expect(problemsOf(47)).toHaveLength(1);
  });
});

function problemsOf(count: number): string[] {
  const checked = checkSettings(withConnections(count), settingsSchema);
  return 'problems' in checked ? checked.problems : [];
}

function withConnections(count: number) {
  const connection = { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] };
  return {
    connections: Object.fromEntries(
      Array.from({ length: count }, (_, index) => [`crm-${index}`, connection]),
    ),
  };
}
