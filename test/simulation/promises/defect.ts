import type { SecretStoreName } from '../../../lambdas/core/connection/secret-store.ts';
import type { WorldTrait } from '../world-traits.ts';
import type { PromiseId } from './promise.ts';

/** A planted defect: source text of the product that is replaced before the simulation runs. */
export interface Defect {
  readonly name: string;
  /** The promises that it may break. It counts as found when the simulation reports one of them. */
  readonly breaks: readonly PromiseId[];
  readonly edits: readonly SourceEdit[];
  /** What its worlds must have, so that it is found soon. Empty for a defect that any world may find. */
  readonly foundIn: readonly WorldTrait[];
  /** Whose worlds it is looked for in. */
  readonly store: SecretStoreName;
}

export interface SourceEdit {
  /** Path from the root of the project. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}

/** The files of the product that defects change. */
export const FILES = {
  accessTokens: 'lambdas/client/access-tokens.ts',
  accountsRequest: 'lambdas/adapters/accounts-request.ts',
  apiFetch: 'lambdas/client/api-fetch.ts',
  apiUrl: 'lambdas/client/api-url.ts',
  attemptReport: 'lambdas/refresher/attempt-report.ts',
  awsTime: 'lambdas/adapters/aws-time.ts',
  bound: 'lambdas/client/bound.ts',
  callOptions: 'lambdas/client/call-options.ts',
  checkedClock: 'lambdas/refresher/adapters/checked-clock.ts',
  chooseApiDomain: 'lambdas/core/refresh/choose-api-domain.ts',
  complaints: 'lambdas/core/connection/complaints.ts',
  composeToken: 'lambdas/core/refresh/compose-token.ts',
  connectionWrites: 'lambdas/adapters/connection-writes.ts',
  chooseStore: 'lambdas/refresher/choose-store.ts',
  createHandler: 'lambdas/refresher/create-handler.ts',
  createZohoClient: 'lambdas/client/create-zoho-client.ts',
  dataCenters: 'lambdas/core/zoho/data-centers.ts',
  dueRows: 'lambdas/refresher/due-rows.ts',
  exchangeToken: 'lambdas/refresher/exchange-token.ts',
  failures: 'lambdas/core/failures.ts',
  incidents: 'lambdas/core/incidents/incidents.ts',
  impossibleTimes: 'lambdas/core/connection/impossible-times.ts',
  keepIncidents: 'lambdas/refresher/keep-incidents.ts',
  lease: 'lambdas/core/connection/lease.ts',
  mintBudget: 'lambdas/core/connection/mint-budget.ts',
  notificationTopics: 'lambdas/refresher/adapters/notification-topics.ts',
  partition: 'lambdas/core/connection/partition.ts',
  problems: 'lambdas/core/incidents/problems.ts',
  publishNotifications: 'lambdas/refresher/publish-notifications.ts',
  publishUnderLease: 'lambdas/refresher/publish-under-lease.ts',
  dataCenterMemory: 'lambdas/refresher/data-center-memory.ts',
  refreshDecision: 'lambdas/core/refresh/refresh-decision.ts',
  refusedCredentials: 'lambdas/core/refresh/refused-credentials.ts',
  refreshTransitions: 'lambdas/core/refresh/refresh-transitions.ts',
  registerDeclared: 'lambdas/refresher/register-declared.ts',
  relocate: 'lambdas/refresher/relocate.ts',
  responseDates: 'lambdas/adapters/response-dates.ts',
  rotatedCredentials: 'lambdas/refresher/adapters/rotated-credentials.ts',
  rotatedToken: 'lambdas/refresher/rotated-token.ts',
  renewalTimes: 'lambdas/core/refresh/renewal-times.ts',
  sealedCredentials: 'lambdas/adapters/sealed/sealed-credentials.ts',
  sealedTokens: 'lambdas/refresher/adapters/sealed-tokens.ts',
  sealing: 'lambdas/core/secrets/sealing.ts',
  tickPlan: 'lambdas/core/refresh/tick-plan.ts',
  tokenCache: 'lambdas/client/token-cache.ts',
  tokenTable: 'lambdas/client/token-table.ts',
  tokenResponse: 'lambdas/core/zoho/token-response.ts',
  tokenSecrets: 'lambdas/adapters/token-secrets.ts',
} as const;

export function defect(name: string, breaks: readonly PromiseId[], ...edits: readonly SourceEdit[]): Defect {
  return { name, breaks, edits, foundIn: [], store: 'secrets-manager' };
}

/** A defect that few worlds find. It is looked for in those that have all of the traits. */
export function rareDefect(
  name: string,
  { breaks, foundIn }: Pick<Defect, 'breaks' | 'foundIn'>,
  ...edits: readonly SourceEdit[]
): Defect {
  return { name, breaks, edits, foundIn, store: 'secrets-manager' };
}

/** A defect that is looked for in worlds of the second store. */
export function inSecondStore(defect: Defect): Defect {
  return { ...defect, store: 'dynamodb' };
}

export function edit(file: string, find: string, replace: string): SourceEdit {
  return { file, find, replace };
}
