import { Token } from 'aws-cdk-lib';
import { Alarm, type AlarmBase, AlarmRule, AlarmState, CompositeAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { CONNECTION_ALARM, MAX_PARAMETER_BYTES } from '../../lambdas/core/deployment-address.ts';
import type { ConnectionSettings } from '../settings/nested-settings.ts';
import type { AlarmDefinition, Audience, LatchDefinition } from './alarm-definition.ts';
import { composeAlarmList } from './alarm-list.ts';
import { alarmId } from './alarm-names.ts';
import {
  type ConsentAlarmsProps,
  consentErrors,
  consentFailing,
  consentThrottled,
} from './consent-alarms.ts';
import {
  deliveryFailed,
  type FunctionAlarmsProps,
  refresherErrors,
  refresherSilent,
} from './function-alarms.ts';
import {
  contractChanged,
  notificationFailed,
  type RefreshAlarmsProps,
  reauthorizationNeeded,
  refreshFailing,
  tokenExpiringSoon,
  zohoThrottling,
} from './refresh-alarms.ts';
import {
  type UnauthorizedAlarmsProps,
  unauthorizedSpikeOfConnection,
  unauthorizedSpikeOfFleet,
} from './unauthorized-alarms.ts';

export interface AlarmsProps extends RefreshAlarmsProps, FunctionAlarmsProps, UnauthorizedAlarmsProps {
  /** Notified by every alarm, when it goes off and when it is over. */
  readonly topic: ITopic;
  /** Notified by each alarm for this audience. */
  readonly topicOf: Readonly<Record<Audience, ITopic>>;
  readonly runbookBaseUrl: string;
  /** The beginning of every name. */
  readonly namePrefix: string;
  /** Declared connections: each has its own alarm for 401s. */
  readonly connections: Readonly<Record<string, Pick<ConnectionSettings, 'severity'>>>;
  /** Alarms that are left out: see {@link alarmId}. */
  readonly disabledAlarms: readonly string[];
  /** The consent pages. @default - none: they have no alarms */
  readonly consent: ConsentAlarmsProps | undefined;
}

/**
 * All alarms. Each description says what is wrong, what to do first, and where the runbook is. Each notifies its audience itself: in a
 * composite alarm, one that lasts would hide the next.
 */
export class RefresherAlarms extends Construct {
  /** All alarms but the composite and the latch. */
  readonly alarms: readonly Alarm[];
  /** What exists, for those who look for what was deleted: the parameter `alarms` of the address. */
  readonly list: string;
  readonly #props: AlarmsProps;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.#props = props;
    const definitions = definitionsOf(props).filter(
      ({ name, connection }) => !props.disabledAlarms.includes(alarmId(name, connection)),
    );
    this.alarms = definitions.map((definition) => this.#create(definition));
    const created = new Set(this.node.children.map(({ node }) => node.id));
    const conditions = definitions.flatMap(({ latch }) => (latch === undefined ? [] : [latch.name]));
    const connections = Object.keys(props.connections).filter((name) =>
      created.delete(alarmId(CONNECTION_ALARM, name)),
    );
    const alarms = [...created].filter((id) => !conditions.includes(id));
    this.list = composeAlarmList({ alarms, conditions, connections }, MAX_PARAMETER_BYTES);
  }

  /** The alarms of single connections share one runbook. */
  #create(definition: AlarmDefinition): Alarm {
    const { name, connection, audience, meaning, first, condition, latch } = definition;
    const { topic, topicOf, runbookBaseUrl } = this.#props;
    const id = alarmId(name, connection);
    const alarm = new Alarm(this, id, {
      ...condition,
      alarmName: this.#nameOf(id),
      alarmDescription: `${meaning} First: ${first} Runbook: ${runbookBaseUrl}/${name}.md`,
    });
    notify(alarm, topic);
    if (audience !== undefined && latch === undefined) notify(alarm, topicOf[audience]);
    if (audience !== undefined && latch !== undefined)
      this.#createLatched(alarm, definition, audience, latch);
    return alarm;
  }

  /** What notifies the audience of an alarm, once its latch is set. */
  #createLatched(
    alarm: Alarm,
    { name, meaning, first }: AlarmDefinition,
    audience: Audience,
    latch: LatchDefinition,
  ): void {
    const { topicOf, runbookBaseUrl } = this.#props;
    const latchAlarm = new Alarm(this, latch.name, {
      ...latch.condition,
      alarmName: this.#nameOf(latch.name),
      alarmDescription: latch.meaning,
    });
    const isUnset = AlarmRule.fromAlarm(latchAlarm, AlarmState.INSUFFICIENT_DATA);
    const composite = new CompositeAlarm(this, audience, {
      compositeAlarmName: this.#nameOf(audience),
      alarmRule: AlarmRule.allOf(AlarmRule.fromAlarm(alarm, AlarmState.ALARM), AlarmRule.not(isUnset)),
      alarmDescription: `${name}, once ${latch.name} is set. ${meaning} First: ${first} Runbook: ${runbookBaseUrl}/${name}.md`,
    });
    notify(composite, topicOf[audience]);
  }

  #nameOf(id: string): string {
    return checkAlarmName(`${this.#props.namePrefix}${id}`);
  }
}

/** When it goes off and when it is over. */
function notify(alarm: AlarmBase, topic: ITopic): void {
  alarm.addAlarmAction(new SnsAction(topic));
  alarm.addOkAction(new SnsAction(topic));
}

/** Maximum length of an alarm's name: a limit of CloudWatch. */
const MAX_NAME_LENGTH = 255;

function checkAlarmName(name: string): string {
  if (Token.isUnresolved(name) || name.length <= MAX_NAME_LENGTH) return name;
  throw new Error(
    `The alarm ${name} has a name of ${name.length} characters. Allowed: ${MAX_NAME_LENGTH}. Use a shorter name for the stack, the secretPrefix or the connection.`,
  );
}

/** The order is that of the dashboard. */
function definitionsOf(props: AlarmsProps): readonly AlarmDefinition[] {
  const { consent } = props;
  return [
    reauthorizationNeeded(props),
    tokenExpiringSoon(props),
    refresherSilent(props),
    unauthorizedSpikeOfFleet(props),
    ...Object.entries(props.connections).map(([name, { severity }]) =>
      unauthorizedSpikeOfConnection(props, name, severity),
    ),
    notificationFailed(props),
    refreshFailing(props),
    zohoThrottling(props),
    refresherErrors(props),
    deliveryFailed(props),
    contractChanged(props),
    ...(consent ? [consentFailing(consent), consentErrors(consent), consentThrottled(consent)] : []),
  ];
}
