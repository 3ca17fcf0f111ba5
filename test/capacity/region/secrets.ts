import { AwsFailure } from './aws-failure.ts';

interface Secret {
  currentVersionId: string | undefined;
  readonly values: Map<string, string>;
}

type CredentialsOf = (connection: string) => { readonly versionId: string; readonly text: string };

/** As many versions of a secret as the refresher may ask for. */
const KEPT_VERSIONS = 3;

/** Token secrets and credentials secrets of any number of connections. Credentials are computed, not stored. */
export class Secrets {
  readonly #secrets = new Map<string, Secret>();
  readonly #credentialsOf: CredentialsOf;
  credentialsRead = 0;
  /** A version became current. */
  onPublished: (connection: string, text: string) => void = () => {};

  constructor(credentialsOf: CredentialsOf) {
    this.#credentialsOf = credentialsOf;
  }

  get({
    SecretId = '',
    VersionId,
  }: {
    SecretId?: string | undefined;
    VersionId?: string | undefined;
  }): object {
    const [, connection = '', kind] = /([^/]+)\/([^/]+)$/.exec(SecretId) ?? [];
    if (kind === 'credentials') {
      this.credentialsRead += 1;
      const { versionId, text } = this.#credentialsOf(connection);
      return { VersionId: versionId, SecretString: text };
    }
    const secret = this.#secretAt(SecretId);
    const versionId = VersionId ?? secret.currentVersionId;
    const value = versionId === undefined ? undefined : secret.values.get(versionId);
    if (value === undefined) throw new AwsFailure('ResourceNotFoundException');
    return { VersionId: versionId, SecretString: value };
  }

  put(input: {
    SecretId?: string | undefined;
    ClientRequestToken?: string | undefined;
    SecretString?: string | undefined;
  }): object {
    const { SecretId = '', ClientRequestToken = '', SecretString = '' } = input;
    const secret = this.#secretAt(SecretId);
    const stored = secret.values.get(ClientRequestToken);
    if (stored !== undefined && stored !== SecretString) throw new AwsFailure('ResourceExistsException');
    secret.values.set(ClientRequestToken, SecretString);
    for (const versionId of secret.values.keys()) {
      if (secret.values.size <= KEPT_VERSIONS) break;
      if (versionId !== secret.currentVersionId) secret.values.delete(versionId);
    }
    // The first version is current whatever is asked for.
    const isFirst = secret.currentVersionId === undefined;
    if (isFirst) this.#makeCurrent(SecretId, ClientRequestToken);
    return {
      VersionId: ClientRequestToken,
      VersionStages: isFirst ? ['AWSCURRENT', 'CANDIDATE'] : ['CANDIDATE'],
    };
  }

  moveStage(input: {
    SecretId?: string | undefined;
    MoveToVersionId?: string | undefined;
    RemoveFromVersionId?: string | undefined;
  }): object {
    const { SecretId = '', MoveToVersionId = '', RemoveFromVersionId } = input;
    if (this.#secretAt(SecretId).currentVersionId !== RemoveFromVersionId)
      throw new AwsFailure('InvalidParameterException');
    this.#makeCurrent(SecretId, MoveToVersionId);
    return {};
  }

  /** Stores a current version without a request. */
  load(secretId: string, versionId: string): void {
    this.#secrets.set(secretId, { currentVersionId: versionId, values: new Map() });
  }

  #makeCurrent(secretId: string, versionId: string): void {
    const secret = this.#secretAt(secretId);
    secret.currentVersionId = versionId;
    this.onPublished(/([^/]+)\/[^/]+$/.exec(secretId)?.[1] ?? '', secret.values.get(versionId) ?? '');
  }

  #secretAt(secretId: string): Secret {
    const known = this.#secrets.get(secretId);
    if (known !== undefined) return known;
    const secret: Secret = { currentVersionId: undefined, values: new Map() };
    this.#secrets.set(secretId, secret);
    return secret;
  }
}
