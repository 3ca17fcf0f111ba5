import type { PublishedMessage } from '../../sandbox/aws/sns.ts';
import type { CanaryRecorder } from './recorder.ts';

/** Notes what the subscriptions of each protocol get of a message: mail, text message, and JSON. */
export function noteNotification(
  recorder: CanaryRecorder,
  { subject = '', message, messageOf, attributes }: PublishedMessage,
): void {
  recorder.note('notification, subject', subject);
  recorder.note('notification, mail', message);
  for (const [protocol, text] of Object.entries(messageOf)) recorder.note(`notification, ${protocol}`, text);
  recorder.note('notification, attributes', JSON.stringify(attributes));
}
