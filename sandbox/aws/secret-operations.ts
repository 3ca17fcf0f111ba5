import { AwsError, awsFault } from './aws-error.ts';
import { pageOf } from './listing.ts';
import { matchesFilter } from './secret-filters.ts';
import { CURRENT, type SecretRecord, type SecretVersion, stagesOf, versionAt } from './secret-record.ts';
import {
  parseRequest,
  type RequestOf,
  requestSchemas,
  type SecretsManagerOperation,
  tokenIn,
  valueIn,
} from './secret-requests.ts';
import { type SecretStore, unlessDeleted } from './secret-store.ts';

type Answer = Readonly<Record<string, unknown>>;
type Operations = {
  readonly [Operation in SecretsManagerOperation]: (
    store: SecretStore,
    request: RequestOf<Operation>,
  ) => Answer;
};

/** Whether the stand-in knows the operation. */
export function isOperation(name: string): name is SecretsManagerOperation {
  return Object.hasOwn(requestSchemas, name);
}

/** Does one operation: from the request's JSON to what the answer's JSON is made of. Dates are in seconds. */
export function runOperation<Operation extends SecretsManagerOperation>(
  store: SecretStore,
  operation: Operation,
  body: string,
): Answer {
  return operations[operation](store, parseRequest(operation, body));
}

const operations: Operations = {
  CreateSecret(store, request) {
    const value = valueIn(request);
    const token = value === undefined ? undefined : tokenIn(request);
    const secret = store.create({
      name: request.Name,
      value,
      token,
      description: request.Description,
      kmsKeyId: request.KmsKeyId,
      tags: tagsIn(request.Tags),
    });
    return { ...identityOf(secret), VersionId: token };
  },

  GetSecretValue(store, request) {
    const version = findVersion(store, request);
    if (!store.keys.canDecrypt(version)) throw awsFault('DecryptionFailure');
    const { value } = version;
    store.noteAccess(version.secret);
    return {
      ...identityOf(version.secret),
      VersionId: version.id,
      VersionStages: stagesOf(version.secret, version.id),
      CreatedDate: seconds(version.createdAtMs),
      ...(value.kind === 'string' ? { SecretString: value.text } : { SecretBinary: value.base64 }),
    };
  },

  PutSecretValue(store, request) {
    const value = valueIn(request);
    if (value === undefined)
      throw new AwsError('InvalidRequestException', 'You must provide either SecretString or SecretBinary.');
    const token = tokenIn(request);
    const secret = store.put(request.SecretId, { token, value, stages: request.VersionStages });
    return { ...identityOf(secret), VersionId: token, VersionStages: stagesOf(secret, token) };
  },

  UpdateSecret(store, request) {
    const { SecretId, Description: description, KmsKeyId: kmsKeyId } = request;
    const value = valueIn(request);
    const token = value === undefined ? undefined : tokenIn(request);
    store.update(SecretId, { description, kmsKeyId });
    if (value !== undefined) store.put(SecretId, { token, value });
    return { ...identityOf(store.get(SecretId)), VersionId: token };
  },

  UpdateSecretVersionStage(store, request) {
    const secret = store.moveStage(request.SecretId, {
      stage: request.VersionStage,
      removeFromVersionId: request.RemoveFromVersionId,
      moveToVersionId: request.MoveToVersionId,
    });
    return identityOf(secret);
  },

  DescribeSecret(store, request) {
    const secret = store.read(request.SecretId);
    return { ...detailsOf(store, secret), VersionIdsToStages: versionsToStages(secret) };
  },

  /** AWS leaves the field out when there is no policy. */
  GetResourcePolicy(store, request) {
    const secret = unlessDeleted(store.get(request.SecretId));
    return { ...identityOf(secret), ResourcePolicy: secret.resourcePolicy };
  },

  ListSecretVersionIds(store, request) {
    const secret = store.read(request.SecretId);
    const versions = [...secret.versions.values()].map((version) => ({
      VersionId: version.id,
      VersionStages: stagesOf(secret, version.id),
      CreatedDate: seconds(version.createdAtMs),
      KmsKeyIds: version.keyIds,
    }));
    const listed = versions.filter(
      ({ VersionStages }) => request.IncludeDeprecated === true || VersionStages.length > 0,
    );
    const { page, next } = pageOf(listed, request);
    return { ...identityOf(secret), Versions: page, NextToken: next };
  },

  ListSecrets(store, request) {
    const { Filters: filters = [], IncludePlannedDeletion: includesDeleted = false } = request;
    const listed = store
      .all()
      .filter((secret) => includesDeleted || secret.deletionAtMs === undefined)
      .filter((secret) => filters.every((filter) => matchesFilter(secret, filter)))
      .map((secret) => ({ ...detailsOf(store, secret), SecretVersionsToStages: versionsToStages(secret) }));
    const { page, next } = pageOf(listed, request);
    return { SecretList: page, NextToken: next };
  },

  DeleteSecret(store, request) {
    const { SecretId, RecoveryWindowInDays: days, ForceDeleteWithoutRecovery: force = false } = request;
    if (force && days !== undefined)
      throw new AwsError(
        'InvalidParameterException',
        "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
      );
    if (days !== undefined && (days < 7 || days > 30))
      throw new AwsError(
        'InvalidParameterException',
        'The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).',
      );
    if (force) {
      const { name, arn } = store.deleteNow(SecretId);
      return { ARN: arn, Name: name, DeletionDate: seconds(store.nowMs()) };
    }
    const secret = store.scheduleDeletion(SecretId, days);
    return { ...identityOf(secret), DeletionDate: seconds(secret.deletionAtMs) };
  },

  RestoreSecret(store, request) {
    return identityOf(store.restore(request.SecretId));
  },

  TagResource(store, request) {
    store.tag(request.SecretId, tagsIn(request.Tags) ?? new Map());
    return {};
  },
};

function findVersion(
  store: SecretStore,
  request: RequestOf<'GetSecretValue'>,
): SecretVersion & { readonly secret: SecretRecord } {
  unlessDeleted(store.get(request.SecretId));
  const { VersionId: versionId, VersionStage: stage = CURRENT } = request;
  // A version never changes: only what a label stands for can be read too late.
  const secret = versionId === undefined ? store.read(request.SecretId) : store.get(request.SecretId);
  const version = versionId === undefined ? versionAt(secret, stage) : secret.versions.get(versionId);
  if (version === undefined) {
    const missing = versionId === undefined ? `staging label: ${stage}` : `VersionId: ${versionId}`;
    throw new AwsError(
      'ResourceNotFoundException',
      `Secrets Manager can't find the specified secret value for ${missing}`,
    );
  }
  if (request.VersionStage !== undefined && secret.stages.get(stage) !== version.id)
    throw new AwsError(
      'InvalidRequestException',
      'You provided a VersionStage that is not associated to the provided VersionId.',
    );
  return { ...version, secret };
}

function identityOf(secret: SecretRecord): { ARN: string; Name: string } {
  return { ARN: secret.arn, Name: secret.name };
}

function detailsOf(store: SecretStore, secret: SecretRecord): Answer {
  return {
    ...identityOf(secret),
    Description: secret.description,
    KmsKeyId: secret.kmsKeyId,
    CreatedDate: seconds(secret.createdAtMs),
    LastChangedDate: seconds(secret.changedAtMs),
    LastAccessedDate: seconds(store.lastAccessDayMs(secret)),
    DeletedDate: seconds(secret.deletionAtMs),
    ReplicationStatus: secret.replicaRegions.length === 0 ? undefined : secret.replicaRegions.map(replicaOf),
    Tags: secret.tags.size === 0 ? undefined : [...secret.tags].map(([Key, Value]) => ({ Key, Value })),
  };
}

function replicaOf(region: string) {
  return { Region: region, Status: 'InSync' };
}

/** Versions without a label are left out, and so is the whole field when there is none with one. */
function versionsToStages(secret: SecretRecord): Record<string, string[]> | undefined {
  const labelled = [...secret.versions.keys()]
    .map((versionId) => [versionId, stagesOf(secret, versionId)] as const)
    .filter(([, stages]) => stages.length > 0);
  return labelled.length === 0 ? undefined : Object.fromEntries(labelled);
}

function tagsIn(tags: RequestOf<'TagResource'>['Tags'] | undefined): ReadonlyMap<string, string> | undefined {
  return tags === undefined ? undefined : new Map(tags.map(({ Key, Value }) => [Key, Value ?? '']));
}

function seconds(ms: number): number;
function seconds(ms: number | undefined): number | undefined;
function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}
