import { setMaxListeners } from 'node:events';
import { composeDependencies } from '../../lambdas/refresher/compose-refresher.ts';
import { settingsOf } from '../../lambdas/refresher/create-handler.ts';
import type { RefreshContext } from '../../lambdas/refresher/refresh-context.ts';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';

/** The context that the handler passes to a refresh, for tests below the handler. */
export function contextOf(deployment: LocalDeployment): RefreshContext {
  return {
    ...composeDependencies(deployment.dependencies),
    settings: settingsOf(deployment.config),
    deadlines: { work: sharedSignal(), report: sharedSignal() },
  };
}

/** Every refresh of a tick listens to it: Node warns from 11 listeners on. */
function sharedSignal(): AbortSignal {
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  return signal;
}
