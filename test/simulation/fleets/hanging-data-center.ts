import { credentialsSecret, MINUTE_MS } from '../../support/builders.ts';
import { Fleet, renewedAgo } from '../../unit/refresher/fleet.ts';

/** A fleet, half of it in us, half in eu, renewed at different minutes. */
export class HangingDataCenter {
  readonly fleet: Fleet;

  constructor(size: number) {
    this.fleet = new Fleet(
      ...Array.from({ length: size }, (_, index) => {
        const dataCenter = index % 2 === 0 ? 'us' : 'eu';
        const row = renewedAgo(`${dataCenter}-${index}`, ((index * 7) % 54) * MINUTE_MS);
        return { ...row, dataCenter };
      }),
    );
    const credentials = {
      us: credentialsSecret({ data_center: 'us' }),
      eu: credentialsSecret({ data_center: 'eu' }),
    };
    this.fleet.onCredentials = (name) => ({
      kind: 'found',
      versionId: 'credentials-1',
      text: name.startsWith('us') ? credentials.us : credentials.eu,
    });
  }

  /** How long the tokens in eu were still valid when they were replaced, at the least. */
  readonly restOfOthers = (): readonly number[] =>
    [...this.fleet.restOf].filter(([name]) => name.startsWith('eu')).map(([, restMs]) => restMs);
}
