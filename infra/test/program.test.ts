// The program's tests share its plans, and Pulumi's libraries take seconds to load: one process for all of them.
import './program/access.ts';
import './program/alarms.ts';
import './program/command.ts';
import './program/discovery.ts';
import './program/edge.ts';
import './program/environments.ts';
import './program/images.ts';
import './program/network.ts';
import './program/regions.ts';
import './program/rotation.ts';
import './program/services.ts';
import './program/settings.ts';
import './program/workspace.ts';
