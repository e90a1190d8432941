/** Files of testlists/ that both programs ship, by their path from the project's root. */
export const ROOTS_FILE = 'testlists/roots/mozilla-node-20.20.2.pem';
export const INTERCEPTION_FILE = 'testlists/fingerprints/interception.json';
export const BLOCKPAGES_FILE = 'testlists/fingerprints/blockpages.csv';
export const RESOLVERS_FILE = 'testlists/resolvers.csv';
export const ANCHORS_FILE = 'testlists/anchors.csv';
export const NETWORKS_FILE = 'testlists/networks.csv';
