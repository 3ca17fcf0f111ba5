import type { InfrastructureError } from '../../lambdas/core/failures.ts';
import { parseCredentials } from '../../lambdas/core/secrets/credentials.ts';
import type { Patient } from './diagnosed-connection.ts';
import { type Finding, fail, pass, unseen } from './finding.ts';

/** Whether the credentials secret holds what the refresher needs. */
export function judgeCredentials({ name, stored }: Pick<Patient, 'name' | 'stored'>): Finding {
  if (stored.kind === 'unseen') return judgeUnseen(name, stored.error);
  if (stored.value.kind === 'empty')
    return fail('the credentials secret is empty: it was never authorized', `zoho-tokens authorize ${name}`);
  const parsed = parseCredentials(stored.value.text);
  return parsed.ok
    ? pass(`complete, for data center ${parsed.credentials.dataCenter}`)
    : fail(parsed.failure.message, `zoho-tokens authorize ${name}`);
}

function judgeUnseen(name: string, error: InfrastructureError): Finding {
  if (error.code === 'secret_being_deleted') {
    return fail(
      'the credentials secret is scheduled for deletion',
      `zoho-tokens connect ${name} --data-center … takes it back; so does: aws secretsmanager restore-secret`,
    );
  }
  if (error.code === 'aws_not_found') {
    return fail(
      'there is no credentials secret',
      `Deploy the stack if ${name} is declared, else: zoho-tokens connect ${name} --data-center …`,
    );
  }
  return unseen('the credentials', error);
}
