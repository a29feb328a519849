// The program's tests share its plans, and Pulumi's libraries take seconds to load: one process for all of them.
import './program/access-claims.ts';
import './program/alarms-claims.ts';
import './program/command-claims.ts';
import './program/discovery-claims.ts';
import './program/edge-claims.ts';
import './program/environments-claims.ts';
import './program/images-claims.ts';
import './program/log-claims.ts';
import './program/network-claims.ts';
import './program/regions-claims.ts';
import './program/replacement-claims.ts';
import './program/role-policy-claims.ts';
import './program/rotation-claims.ts';
import './program/services-claims.ts';
import './program/settings-claims.ts';
import './program/stand-in-claims.ts';
import './program/workspace-claims.ts';
