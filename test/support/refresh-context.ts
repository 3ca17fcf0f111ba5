import { composeDependencies } from '../../lambdas/refresher/compose-refresher.ts';
import { settingsOf } from '../../lambdas/refresher/create-handler.ts';
import type { RefreshContext } from '../../lambdas/refresher/refresh-context.ts';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';

/** The context that the handler passes to a refresh, for tests below the handler. */
export function contextOf(deployment: LocalDeployment): RefreshContext {
  return {
    ...composeDependencies(deployment.dependencies),
    settings: settingsOf(deployment.config),
    deadlines: { work: new AbortController().signal, report: new AbortController().signal },
  };
}
