import { afterEach, describe, expect, it } from 'vitest';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { MINUTE_MS, startAuthorizedDeployment, startDeployment } from '../support/sandbox.ts';

const CREDENTIALS = 'zoho/crm-prod/credentials';
const TOKEN = 'zoho/crm-prod/access-token';

let deployment: LocalDeployment;
afterEach(() => deployment.close());

const store = () => deployment.aws.secretsManager.store;
const logged = () => deployment.log.lines.map((line) => JSON.parse(line) as Record<string, unknown>);

describe('a connection that was never authorized', () => {
  it.each([
    ['is denied, because there is no secret', () => {}],
    ['does not exist to a role without patterns', () => failRead('ResourceNotFoundException')],
    ['is empty', () => store().create({ name: CREDENTIALS })],
  ])('is pending while its credentials secret %s, and raises no alarm', async (_, prepare) => {
    deployment = await startDeployment();
    prepare();

    const result = await deployment.tick();

    expect(result).toEqual({ due: 1, refreshed: 0, failed: 0, skipped: 1 });
    expect(await deployment.readConnection('crm-prod')).toMatchObject({
      status: 'pending',
      lastFailure: {
        code: 'no_credentials',
        message: expect.stringContaining('zoho-tokens authorize crm-prod'),
      },
      nextAttemptAtMs: deployment.clock.now() + 5 * MINUTE_MS,
    });
    expect(deployment.metrics.ofFleet('RefreshFailed')).toEqual([]);
    expect(logged().at(-1)).toMatchObject({ level: 'INFO', message: 'waiting for credentials' });
  });

  it('has a token within five minutes after its secret was created', async () => {
    deployment = await startDeployment();
    await deployment.tick();
    deployment.authorize('crm-prod');

    await deployment.runMinutes(5);

    expect(deployment.readToken('crm-prod')?.generation).toBe(1);
  });

  it('is not pending but failing if the KMS key is denied', async () => {
    deployment = await startDeployment();
    deployment.authorize('crm-prod');
    const allow = deployment.aws.secretsManager.denyKms(CREDENTIALS);

    await deployment.tick();
    allow();

    const row = await deployment.readConnection('crm-prod');
    expect(row.lastFailure?.code).toBe('aws_kms_denied');
    expect(deployment.metrics.ofFleet('RefreshFailed')).toHaveLength(1);
  });
});

describe('a connection that loses its credentials secret', () => {
  it('fails by name, says what to do, and keeps its token and its status', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    store().deleteNow(CREDENTIALS);

    await deployment.runMinutes(55);

    const row = await deployment.readConnection('crm-prod');
    expect(row).toMatchObject({ status: 'active', lastFailure: { code: 'aws_access_denied' } });
    for (const words of [
      'does not exist any more',
      'restore-secret',
      'zoho-tokens adopt',
      'zoho-tokens authorize',
    ])
      expect(row.lastFailure?.message).toContain(words);
    expect(deployment.metrics.ofFleet('RefreshFailed').length).toBeGreaterThan(0);
    expect(deployment.readToken('crm-prod')?.generation).toBe(1);
  });

  it('says so as well when it is certain that the secret does not exist', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    failRead('ResourceNotFoundException');

    await deployment.refresh('crm-prod');

    const { lastFailure } = await deployment.readConnection('crm-prod');
    expect(lastFailure?.code).toBe('aws_not_found');
    expect(lastFailure?.message).toMatch(
      /^The credentials secret zoho\/crm-prod\/credentials does not exist/,
    );
  });

  it('recovers within three minutes after it is authorized again', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    store().deleteNow(CREDENTIALS);
    await deployment.runMinutes(55);
    deployment.authorize('crm-prod');

    await deployment.runMinutes(3);

    expect((await deployment.readConnection('crm-prod')).lastFailure).toBeUndefined();
  });
});

describe('a connection whose token secret does not exist', () => {
  it('says what creates it', async () => {
    deployment = await startDeployment();
    deployment.authorize('crm-prod');
    store().deleteNow(TOKEN);

    await deployment.tick();

    const { lastFailure } = await deployment.readConnection('crm-prod');
    expect(lastFailure?.code).toBe('aws_access_denied');
    expect(lastFailure?.message).toContain(`${TOKEN} cannot be written`);
    expect(lastFailure?.message).toContain('deploy the stack again');
  });
});

describe('a connection that is removed from the configuration and added back', () => {
  it('has a token again without a new authorization', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const without = deployment.compose({ config: { ...deployment.config, declaredConnections: {} } });
    // The stack deletes the token secret, and creates it again.
    store().deleteNow(TOKEN);
    await deployment.refresh('crm-prod', undefined, without);
    const removed = await deployment.readConnection('crm-prod');
    store().create({ name: TOKEN });

    await deployment.tick(deployment.compose());

    expect(removed).toMatchObject({ status: 'disabled', lastFailure: { code: 'undeclared' } });
    expect(await deployment.readConnection('crm-prod')).toMatchObject({ status: 'active' });
    expect(deployment.readToken('crm-prod')?.generation).toBe(2);
  });
});

function failRead(error: 'ResourceNotFoundException'): void {
  deployment.aws.secretsManager.faults.failNext({ operation: 'GetSecretValue', secret: CREDENTIALS, error });
}
