/**
 * Hosts of products that take tokens of Zoho's accounts servers, but are not below Zoho's domains, by the location of the
 * data center. Exact names, because other hosts of these domains are websites. All other products are below the domains of
 * the data center: `desk.zoho.eu`, `analyticsapi.zoho.in`, `workdrive.zohocloud.ca`, `www.zohoapis.com`.
 *
 * Never list Catalyst's `*.zohostratus.com` and `*.catalystserverless.com`: they serve customers' own code.
 *
 * Sources:
 * - ServiceDesk Plus: https://www.manageengine.com/products/service-desk/sdpod-v3-api/getting-started/data-centers.html
 * - Endpoint Central: https://www.manageengine.com/products/desktop-central/oauth-authentication-endpoint-domain.html
 * - Mobile Device Manager: https://www.manageengine.com/mobile-device-management/oauth-authentication-endpoint-domain.html
 * - Log360: https://www.manageengine.com/in/cloud-siem/api/v2/introduction/
 * - Site24x7: https://github.com/site24x7/terraform-provider-site24x7 (site24x7/data_center.go),
 *   https://www.site24x7.com/help/api/; those of uk, sa and ae: https://github.com/jmpijll/site24x7-code-mode-mcp
 * - Qntrl: https://core.qntrl.com/apidoc.html, which names the host of us only
 * - Catalyst in au, with a suffix of its own: https://catalyst.zoho.com/help/api/introduction/multi-dc.html
 */
export const PRODUCT_HOSTS: Readonly<Record<string, readonly string[]>> = {
  us: ['sdpondemand.manageengine.com', ...devices('com'), 'www.site24x7.com', 'coreapi.qntrl.com'],
  eu: ['sdpondemand.manageengine.eu', ...devices('eu'), 'www.site24x7.eu'],
  in: ['sdpondemand.manageengine.in', ...devices('in'), 'log360cloud.manageengine.in', 'www.site24x7.in'],
  au: ['servicedeskplus.net.au', ...devices('com.au'), 'www.site24x7.net.au', 'api.catalyst.zoho.au'],
  jp: ['servicedeskplus.jp', ...devices('jp'), 'www.site24x7.jp', 'app.site24x7.jp'],
  ca: ['servicedeskplus.ca', ...devices('ca'), 'www.site24x7.ca'],
  sa: ['servicedeskplus.sa', ...devices('sa'), 'www.site24x7.sa'],
  uk: ['servicedeskplus.uk', ...devices('uk'), 'app.site24x7.uk'],
  cn: ['servicedeskplus.cn', ...devices('cn'), 'www.site24x7.cn'],
  ae: ['servicedeskplus.ae', 'app.site24x7.ae'],
};

/** Endpoint Central and Mobile Device Manager, which have the same suffixes. */
function devices(suffix: string): string[] {
  return [`endpointcentral.manageengine.${suffix}`, `mdm.manageengine.${suffix}`];
}
