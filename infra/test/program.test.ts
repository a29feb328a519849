// The program's tests share its plans, which take seconds each: one process for all of them.
import './program/access.ts';
import './program/alarms.ts';
import './program/edge.ts';
import './program/environments.ts';
import './program/images.ts';
import './program/network.ts';
import './program/rotation.ts';
import './program/services.ts';
import './program/workspace.ts';
