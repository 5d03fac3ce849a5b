/** All that `npm run cluster` can be told. */
export const HELP = `npm run cluster                       starts the cluster
npm run cluster -- --cuts             starts it with ways between its processes that can be cut
npm run cluster -- --brokers 5 --actors 4 --projections 3 --gateways 4   starts as many of each
npm run cluster -- --tls              starts it with TLS on all of them; all of these may be said
npm run cluster -- status             a line for each process, and one for each cut
npm run cluster -- kill NAME          SIGKILL; it is started again
npm run cluster -- pause NAME 20s     SIGSTOP, and SIGCONT after that time
npm run cluster -- restart NAME|all   SIGTERM, one after the other, each when the one before is ready again
npm run cluster -- cut NAME [OTHER]   closes and refuses connections between the two; without OTHER, between NAME and everybody
                                      --silent: nothing gets through, and nobody is told; --one-way: nothing from NAME to OTHER;
                                      --slow: everything, 150 ms late
npm run cluster -- heal [NAME [OTHER]]  takes back the cut that was made with these names; without names, all

NAME and OTHER of a cut: a process, nats, gateway, actors or projections for all of a kind, front for the balancer
`;
