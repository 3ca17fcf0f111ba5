import { type Defect, defect, edit, FILES, rareDefect } from './defect.ts';

const PUBLISHER = "'./publish-notifications.ts'";

/** Defects of notifications that must break I10, or another promise that they name. */
export const NOTIFICATION_DEFECTS: readonly Defect[] = [
  defect(
    'a notification is published before the change is written',
    ['I10'],
    edit(
      FILES.keepIncidents,
      'export function keepIncidents(',
      `import { publishNotifications } from ${PUBLISHER};\nexport function keepIncidents(`,
    ),
    edit(
      FILES.keepIncidents,
      'const result = await write(next);',
      'await publishNotifications(context, next);\n    const result = await write(next);',
    ),
  ),
  defect(
    'a notification that cannot be published is dropped',
    ['I10'],
    edit(
      FILES.publishNotifications,
      'reason: error.message });\n    return unsettled;',
      'reason: error.message });\n    return { row, isSettled: true };',
    ),
  ),
  defect(
    'the end of an incident is not published',
    ['I10'],
    edit(
      FILES.incidents,
      "return wasNotified ? [{ ...incident, state: 'ended' }] : [];",
      'return wasNotified ? [] : [];',
    ),
  ),
  defect(
    'a notification is published again at every tick',
    ['I10'],
    edit(
      FILES.publishNotifications,
      'if (published.length > 0) await settle(',
      'if (published.length > 1_000) await settle(',
    ),
  ),
  defect(
    'a pending notification waits for the next attempt',
    ['I10'],
    edit(
      FILES.incidents,
      'incidents.some(isPending) ? nowMs + PUBLISHED_AGAIN_AFTER_MS : undefined;',
      'undefined;',
    ),
  ),
  rareDefect(
    'an operator is notified about a connection that is paused',
    {
      breaks: ['I10'],
      foundIn: ['a connection with relentless consumers is removed from the configuration'],
    },
    edit(FILES.incidents, "if (after.status === 'disabled') return { ...after, notifyAtMs: undefined };", ''),
  ),
  defect(
    'a page goes to the topic of tickets',
    ['I10'],
    edit(FILES.problems, "problem === 'blocked' ? severity : 'ticket'", "'ticket'"),
  ),
  defect(
    'a connection without notifications is notified about',
    ['I10'],
    edit(FILES.problems, "declared.severity ?? 'page'", "'page'"),
  ),
];
