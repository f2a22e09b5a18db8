/** What is not the internet: of IPv4, by RFC 6890 and RFC 1918. */
export const privateRanges = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/4',
  '240.0.0.0/4',
] as const

/** The same of IPv6. */
export const privateRanges6 = ['::/96', '::ffff:0:0/96', '64:ff9b:1::/48', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8'] as const

/** Where clouds tell a machine its secrets; no setting opens them. The third looks public: Azure's, which is a resolver on port 53 as well. */
export const metadataAddresses = ['169.254.169.254/32', '100.100.100.200/32', '168.63.129.16/32'] as const
export const metadataAddresses6 = ['fd00:ec2::254/128'] as const
