import { describe, expect, it } from 'vitest';
import { explainAwsError } from '../../../../cli/aws/explain-aws-error.ts';
import { explainSignIn } from '../../../../cli/aws/explain-sign-in.ts';
import { translateAwsError } from '../../../../lambdas/adapters/aws-errors.ts';

const SECRET = 'arn:aws:iam::111122223333:role/payroll';

/** An error of the SDK with a name and a text. */
const sdkError = (name: string, text: string) => Object.assign(new Error(text), { name });
/** An error of Node.js with a code, as an AWS call reports it. */
const networkError = (code: string) =>
  translateAwsError(Object.assign(new Error('a text'), { code }), {
    action: 'dynamodb:Scan',
    resource: 'Connections',
  });

describe('an error of the credentials is explained, without its text:', () => {
  it.each([
    [
      'The SSO session associated with this profile has expired. To refresh this SSO session run aws sso login',
      /expired\.$/,
    ],
    [
      'Token is expired. To refresh this SSO session run aws sso login with the corresponding profile.',
      /expired\.$/,
    ],
    ['Failed to load a token for session x, please re-authenticate using aws login', /expired\.$/],
    [
      `Profile ${SECRET} requires multi-factor authentication, but no MFA code callback was provided.`,
      /\(MFA\)/,
    ],
    ['Could not load credentials from any providers', /No AWS credentials were found/],
  ])('%s', (text, message) => {
    const error = explainAwsError(sdkError('CredentialsProviderError', text), {});

    expect(error?.message).toMatch(message);
    expect(error?.nextStep).toMatch(/aws /);
    expect(`${error?.message}${error?.nextStep}`).not.toContain(SECRET);
  });

  it('the profile that was chosen is named', () => {
    const missing = sdkError('CredentialsProviderError', 'Could not load credentials from any providers');
    const expired = sdkError('CredentialsProviderError', 'Token is expired.');

    expect(explainSignIn(missing, 'staging')?.message).toBe(
      'No credentials were found for the AWS profile staging.',
    );
    expect(explainSignIn(expired, 'staging')?.nextStep).toContain('aws sso login --profile staging');
  });

  it.each([
    ['Region is missing', /^No AWS region is set/],
    ['Region not accepted: region="eu west" is not a valid hostname component.', /region is not valid/],
  ])('%s', (text, message) => {
    expect(explainAwsError(new Error(text), {})?.message).toMatch(message);
  });

  it('any other error is not explained: it may be a bug', () => {
    expect(explainAwsError(new Error('a bug'), {})).toBeUndefined();
  });
});

describe('no answer of AWS is explained:', () => {
  it.each([
    ['ENOTFOUND', {}, /^AWS cannot be reached: dynamodb:Scan got no answer \(ENOTFOUND\)/, /--region/],
    ['ETIMEDOUT', { AWS_ENDPOINT_URL: 'not a URL' }, /^AWS cannot be reached/, /firewall/],
    [
      'ECONNREFUSED',
      { AWS_ENDPOINT_URL: 'https://user:pass@vpce.example/x?y' },
      / vpce\.example \(/,
      /AWS_ENDPOINT_URL/,
    ],
    ['SELF_SIGNED_CERT_IN_CHAIN', {}, /certificate/, /NODE_EXTRA_CA_CERTS/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', {}, /certificate/, /NODE_EXTRA_CA_CERTS/],
    ['CERT_HAS_EXPIRED', {}, /certificate/, /NODE_EXTRA_CA_CERTS/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', {}, /\(ERR_TLS_CERT_ALTNAME_INVALID\)/, /NODE_EXTRA_CA_CERTS/],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', {}, /^No TLS connection .* \(ERR_SSL_TLSV1_/, /proxy/],
    ['EPROTO', {}, /^No TLS connection/, /proxy/],
    ['ERR_INVALID_URL', {}, /not a URL/, /endpoint_url/],
    ['EUNKNOWN', {}, /^dynamodb:Scan on Connections failed \(EUNKNOWN\)/, /DynamoDbOutage\.md/],
  ])('%s with %j', (code, environment, message, nextStep) => {
    const error = explainAwsError(networkError(code), environment);

    expect(error?.message).toMatch(message);
    expect(error?.message).not.toContain('pass');
    expect(error?.nextStep).toMatch(nextStep);
  });
});
