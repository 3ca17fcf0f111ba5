import {
  DATA_CENTER_LOCATIONS,
  DATA_CENTERS,
  type DataCenterLocation,
} from '../../lambdas/core/zoho/data-centers.ts';
import type { KnownConnection } from '../connections/find-connection.ts';
import type { Session } from '../session.ts';
import type { PipedInput } from './piped-input.ts';
import type { StoredCredentialsText } from './stored-credentials.ts';

/**
 * Chooses the data center when the command line names none: from the piped input, the stored credentials or the spec, in this
 * order. Otherwise asks the user.
 */
export async function chooseDataCenter(
  session: Session,
  { name, dataCenter }: KnownConnection,
  { piped, stored }: { readonly piped: PipedInput; readonly stored: StoredCredentialsText },
): Promise<DataCenterLocation> {
  return (
    piped.dataCenter ??
    stored.credentials?.dataCenter ??
    dataCenter ??
    (await session.runtime.terminal.prompts.select({
      message: `In which data center is the Zoho account of ${name}? The address bar shows it when you are signed in.`,
      withoutTerminal:
        'Use --data-center. It is never guessed, because a wrong one looks like wrong credentials.',
      options: DATA_CENTER_LOCATIONS.map((value) => ({
        value,
        label: `${value}   ${new URL(DATA_CENTERS[value].accountsServer).host}`,
      })),
    }))
  );
}
