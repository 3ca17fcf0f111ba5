import { Duration } from 'aws-cdk-lib';
import { GraphWidget } from 'aws-cdk-lib/aws-cloudwatch';
import { refresherMetric } from '../metrics.ts';
import type { ZohoConsent } from './zoho-consent.ts';

/** A row for the dashboard: consents, and whether the functions behind the pages work. */
export function consentWidgets({ pages, consentApi, watched }: ZohoConsent): GraphWidget[] {
  const period = Duration.minutes(5);
  const layout = { leftYAxis: { min: 0 }, liveData: false, width: 12, height: 6 };
  return [
    new GraphWidget({
      title: 'Consents in 5 min',
      left: [
        refresherMetric(watched.secretPrefix, 'ConsentAuthorized', { label: 'authorized', period }),
        refresherMetric(watched.secretPrefix, 'ConsentFailed', { label: 'failed', period }),
      ],
      ...layout,
    }),
    new GraphWidget({
      title: 'Functions of the consent pages',
      left: [
        pages.metricInvocations({ label: 'pages shown', period }),
        pages.metricErrors({ label: 'errors of ConsentPages', period }),
        consentApi.metricErrors({ label: 'errors of ConsentApi', period }),
        pages.metricThrottles({ label: 'throttled by Lambda', period }),
      ],
      ...layout,
    }),
  ];
}
