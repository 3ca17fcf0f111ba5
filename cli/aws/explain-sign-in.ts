import { classifyAwsErrorName } from '../../lambdas/adapters/aws-error-kinds.ts';
import { InfrastructureError } from '../../lambdas/core/failures.ts';
import { CliError } from '../cli-error.ts';
import { hidePastedSecrets } from '../terminal/hide-pasted-secrets.ts';

/**
 * An error about the caller's credentials or region, which does not depend on the call; undefined when it is another one. The
 * SDK's texts are matched, not quoted: they may repeat what a profile contains.
 *
 * @param profile the AWS profile that was chosen, if any
 */
export function explainSignIn(error: unknown, profile?: string): CliError | undefined {
  const isCall = error instanceof InfrastructureError;
  const name = isCall ? error.call?.errorName : error instanceof Error ? error.name : undefined;
  const text = !isCall && error instanceof Error ? error.message : '';
  switch (classifyAwsErrorName(name ?? '')) {
    case 'credentials-missing':
      return explainMissingCredentials(text, profile && hidePastedSecrets(profile));
    case 'credentials-rejected':
      return new CliError(
        'AWS rejects your credentials: they are expired or wrong.',
        'Sign in again (aws sso login), or check AWS_PROFILE and --profile.',
      );
    default:
      return explainRegion(text);
  }
}

/** Source of the texts: the SDK's credential providers. */
function explainMissingCredentials(text: string, profile: string | undefined): CliError {
  const withProfile = profile === undefined ? '' : ` --profile ${profile}`;
  if (/has expired|token is expired|SSO session|aws sso login|aws login/i.test(text)) {
    return new CliError(
      'Your AWS sign-in has expired.',
      `Sign in again, as you did before: aws sso login${withProfile}, or aws login${withProfile}.`,
    );
  }
  if (/multi-factor/i.test(text)) {
    return new CliError(
      'Your AWS profile needs a second factor (MFA), which zoho-tokens cannot ask for.',
      `Let the AWS CLI ask for it: eval "$(aws configure export-credentials${withProfile} --format env)". Then run the command without a profile.`,
    );
  }
  if (profile !== undefined) {
    return new CliError(
      `No credentials were found for the AWS profile ${profile}.`,
      `Check its name (aws configure list-profiles), or sign in: aws sso login${withProfile}.`,
    );
  }
  return new CliError(
    'No AWS credentials were found.',
    'Sign in (aws sso login, aws configure), or set --profile.',
  );
}

function explainRegion(text: string): CliError | undefined {
  if (/region is missing/i.test(text))
    return new CliError('No AWS region is set.', 'Set --region or AWS_REGION.');
  if (/region not accepted/i.test(text)) {
    return new CliError(
      'The AWS region is not valid (value omitted): it is a name such as eu-west-1.',
      'Check --region and AWS_REGION.',
    );
  }
  return undefined;
}
