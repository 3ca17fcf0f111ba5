import { type Defect, defect, edit, FILES, rareDefect } from './defect.ts';

/** Defects that must break I9, or another promise that they name. */
export const SPREAD_DEFECTS: readonly Defect[] = [
  defect(
    'no jitter',
    ['I9'],
    edit(FILES.renewalTimes, 'Math.floor(random() * ms)', 'Math.floor(ms / 2 + 0 * random())'),
  ),
  rareDefect(
    'a herd stays together',
    { breaks: ['I9'], foundIn: ['a fleet'] },
    edit(FILES.tickPlan, 'planned(best) >= share; tick -= 1', 'planned(best) >= share * 1_000; tick -= 1'),
  ),
  rareDefect(
    'the renewals of a fleet are spread by 60 seconds of jitter only',
    { breaks: ['I9'], foundIn: ['a fleet'] },
    edit(
      FILES.exchangeToken,
      'planRenewal?.(leased.name, life) ?? planRefresh(life, settings, random)',
      'planRefresh(life, settings, random)',
    ),
  ),
  rareDefect(
    'a tick takes half of a fleet',
    { breaks: ['I9'], foundIn: ['a fleet'] },
    edit(FILES.tickPlan, 'HEADROOM = 1.25', 'HEADROOM = 25'),
  ),
  rareDefect(
    'renewals of short lives are not spaced',
    { breaks: ['I9'], foundIn: ['short lives'] },
    edit(
      FILES.composeToken,
      'paceRenewal(plan({ issuedAtMs, expiresAtMs }), issuedAtMs, connection.publishesMs ?? [])',
      'plan({ issuedAtMs, expiresAtMs })',
    ),
  ),
];
