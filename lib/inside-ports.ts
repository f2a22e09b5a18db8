/**
 * Where the router and its DNS listen on the gateway of each namespace's network. Instances use the well-known ports, which the firewall
 * leads here: those may be taken on all addresses of the machine by a proxy or a DNS server of the operator's.
 */
export const insidePorts = { http: 10_080, dns: 10_053 } as const
