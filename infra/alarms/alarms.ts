import { Stack } from 'aws-cdk-lib';
import { Alarm, AlarmRule, AlarmState, CompositeAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { AlarmDefinition, Audience } from './alarm-definition.ts';
import {
  deliveryFailed,
  type FunctionAlarmsProps,
  refresherErrors,
  refresherSilent,
} from './function-alarms.ts';
import {
  type RefreshAlarmsProps,
  reauthorizationNeeded,
  refreshFailing,
  scopeDrift,
  tokenExpiringSoon,
  zohoThrottling,
} from './refresh-alarms.ts';
import {
  type UnauthorizedAlarmsProps,
  unauthorizedSpikeOfConnection,
  unauthorizedSpikeOfFleet,
} from './unauthorized-alarms.ts';

export interface AlarmsProps extends RefreshAlarmsProps, FunctionAlarmsProps, UnauthorizedAlarmsProps {
  /** Told of every alarm by its name, when it goes off and when it is over. */
  readonly topic: ITopic;
  /** Told once when anything is wrong that is for this audience, and once when all of it is over. */
  readonly topicOf: Readonly<Record<Audience, ITopic>>;
  readonly runbookBaseUrl: string;
  /** Declared connections: each one's 401 rate is watched apart. */
  readonly connectionNames: readonly string[];
}

/** Everything that calls for a human. Each alarm says what it means, what to do first, and where its runbook is. */
export class RefresherAlarms extends Construct {
  /** All alarms but the composites. */
  readonly alarms: readonly Alarm[];
  /** One alarm for each audience. */
  readonly composites: Readonly<Record<Audience, CompositeAlarm>>;
  readonly #props: AlarmsProps;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.#props = props;
    const definitions = definitionsOf(props);
    const created = definitions.map((definition) => ({ definition, alarm: this.#create(definition) }));
    const ofAudience = (audience: Audience) =>
      created.filter(({ definition }) => definition.audience === audience).map(({ alarm }) => alarm);
    this.alarms = created.map(({ alarm }) => alarm);
    this.composites = {
      page: this.#composite('page', ofAudience('page'), 'Somebody has to look now'),
      ticket: this.#composite('ticket', ofAudience('ticket'), 'Somebody has to look on the next working day'),
    };
  }

  /** An alarm of one connection has a name of its own and shares its runbook with those of the others. */
  #create({ name, connection, meaning, first, condition }: AlarmDefinition): Alarm {
    const { topic, runbookBaseUrl } = this.#props;
    const id = connection === undefined ? name : `${name}-${connection}`;
    const alarm = new Alarm(this, id, {
      ...condition,
      alarmName: `${Stack.of(this).stackName}-${id}`,
      alarmDescription: `${meaning} First: ${first} Runbook: ${runbookBaseUrl}/${name}.md`,
    });
    alarm.addAlarmAction(new SnsAction(topic));
    alarm.addOkAction(new SnsAction(topic));
    return alarm;
  }

  /** However many of its alarms go off, one notification; an outage of Zoho pages once, not once a connection. */
  #composite(audience: Audience, alarms: readonly Alarm[], meaning: string): CompositeAlarm {
    const composite = new CompositeAlarm(this, audience, {
      compositeAlarmName: `${Stack.of(this).stackName}-${audience}`,
      alarmRule: AlarmRule.anyOf(...alarms.map((alarm) => AlarmRule.fromAlarm(alarm, AlarmState.ALARM))),
      alarmDescription: `${meaning}: at least one of ${alarms.length} alarms is in ALARM. First: zoho-tokens status names them. Runbooks: ${this.#props.runbookBaseUrl}`,
    });
    composite.addAlarmAction(new SnsAction(this.#props.topicOf[audience]));
    composite.addOkAction(new SnsAction(this.#props.topicOf[audience]));
    return composite;
  }
}

/** One small function each; the order is that of the list in the console. */
function definitionsOf(props: AlarmsProps): readonly AlarmDefinition[] {
  return [
    reauthorizationNeeded(props),
    tokenExpiringSoon(props),
    refresherSilent(props),
    unauthorizedSpikeOfFleet(props),
    ...props.connectionNames.map((name) => unauthorizedSpikeOfConnection(props, name)),
    refreshFailing(props),
    zohoThrottling(props),
    refresherErrors(props),
    deliveryFailed(props),
    scopeDrift(props),
  ];
}
