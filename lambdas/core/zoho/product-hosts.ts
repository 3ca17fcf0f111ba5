/**
 * Hosts of products that take tokens of Zoho's accounts servers, but are not below Zoho's domains. Exact names, because other
 * hosts of these domains are websites. All other products are below the domains of the data center: `desk.zoho.eu`,
 * `analyticsapi.zoho.in`, `workdrive.zohocloud.ca`, `www.zohoapis.com`.
 *
 * Never list Catalyst's `*.zohostratus.com` and `*.catalystserverless.com`: they serve customers' own code.
 */
const PRODUCT_HOSTS: readonly RegExp[] = [
  // ServiceDesk Plus: https://www.manageengine.com/products/service-desk/sdpod-v3-api/getting-started/data-centers.html
  /^sdpondemand\.manageengine\.(com|eu|in)$/,
  /^servicedeskplus\.(net\.au|jp|ca|sa|uk|cn|ae)$/,
  // Endpoint Central: https://www.manageengine.com/products/desktop-central/oauth-authentication-endpoint-domain.html
  // Mobile Device Manager: https://www.manageengine.com/mobile-device-management/oauth-authentication-endpoint-domain.html
  /^(endpointcentral|mdm)\.manageengine\.(com|eu|in|com\.au|jp|ca|sa|uk|cn)$/,
  // Log360: https://www.manageengine.com/in/cloud-siem/api/v2/introduction/
  /^log360cloud\.manageengine\.in$/,
  // Site24x7: https://github.com/site24x7/terraform-provider-site24x7 (site24x7/data_center.go),
  // https://www.site24x7.com/help/api/; those of uk, sa and ae: https://github.com/jmpijll/site24x7-code-mode-mcp
  /^www\.site24x7\.(com|eu|in|net\.au|jp|ca|sa|cn)$/,
  /^app\.site24x7\.(jp|uk|ae)$/,
  // Qntrl: https://core.qntrl.com/apidoc.html, which names the host of us only
  /^coreapi\.qntrl\.com$/,
  // Catalyst in au, with a suffix of its own: https://catalyst.zoho.com/help/api/introduction/multi-dc.html
  /^api\.catalyst\.zoho\.au$/,
];

/** Whether a product of one data center answers at this host. The names above end with the location; those of us with `com`. */
export function isProductHostOf(location: string, hostname: string): boolean {
  const end = location === 'us' ? '.com' : `.${location}`;
  return hostname.endsWith(end) && PRODUCT_HOSTS.some((names) => names.test(hostname));
}
