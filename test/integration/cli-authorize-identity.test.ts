import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { authorizeInBrowser } from '../support/consent-visitor.ts';
import { OperatorDesk, SCOPE } from '../support/operator-desk.ts';

const desk = await OperatorDesk.open();
afterAll(() => desk.close());

const OWNER = {
  user: 'owner',
  zuid: 20_100_001,
  email: 'owner@example.com',
  organization: { id: '7005550', name: 'Example Corp' },
};
const PRINCIPAL = 'arn:aws:iam::000000000000:user/sandbox';

describe('who authorized', () => {
  it('is stored as far as Zoho tells, shown by status and found by audit, and does not outlive the next one', async () => {
    const name = await desk.pending();
    const scopes = ['--scope', `${SCOPE},ZohoCRM.org.READ`];

    await authorizeInBrowser(desk, name, { args: [...scopes, '--identify'] });
    const first = desk.credentials(name).authorized_by;
    const status = await desk.run(['status', name]);
    const json = await desk.run(['status', name, '--json']);
    const audit = await desk.run(['audit', '--authorized-by', 'OWNER@example.com']);
    await authorizeInBrowser(desk, name);

    expect(first).toEqual({
      ...{ zuid: '20100001', email: 'owner@example.com', org_id: '7005550', org_name: 'Example Corp' },
      aws_principal: PRINCIPAL,
    });
    expect(JSON.parse(json.stdout).authorization).toMatchObject({
      authorized_at: expect.any(String),
      authorized_by: { email: 'owner@example.com', org_name: 'Example Corp', aws_principal: PRINCIPAL },
    });
    expect(status.stdout).toContain(`owner@example.com of Example Corp stored by ${PRINCIPAL}`);
    expect(audit.stdout).toMatch(new RegExp(`^${name}: 2026-.*owner@example\\.com.*\n1 of 1 connections\\.`));
    expect(desk.credentials(name).authorized_by).toEqual({ aws_principal: PRINCIPAL });
  });
});

describe('a sandbox that is picked on the consent page', () => {
  it.each([
    ['is refused without a terminal', {}, 1],
    ['is asked about, and refused', { answers: [false] }, 1],
    ['is asked about, and accepted', { answers: [true] }, 0],
    ['is accepted with --sandbox', { args: ['--sandbox'] }, 0],
  ] as const)('%s', async (_, options, code) => {
    desk.zoho.signIn({ ...OWNER, picksSandbox: true });
    onTestFinished(() => desk.zoho.signIn(OWNER));
    const name = await desk.pending();

    const { exitCode, stderr } = await authorizeInBrowser(desk, name, options);

    expect(exitCode).toBe(code);
    expect(desk.credentialsText(name) === undefined).toBe(code === 1);
    if (code === 1) {
      expect(stderr).toContain('is a sandbox of the CRM, not production. Nothing was changed.');
      expect(stderr).toContain('The new refresh token was revoked.');
    }
  });
});
