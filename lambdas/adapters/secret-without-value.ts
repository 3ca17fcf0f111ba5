import { hasName } from './aws-error-kinds.ts';

/**
 * True if the secret exists and has no current version. Secrets Manager uses the same error name for a secret that does
 * not exist; only the text differs ("can't find the specified secret value for staging label").
 */
export const isSecretWithoutValue = (error: unknown): boolean =>
  hasName(error, 'ResourceNotFoundException') && /secret value/i.test((error as Error).message);
