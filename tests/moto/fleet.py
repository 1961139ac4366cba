"""The servers of a target group as a load balancer sees them, moving on by the number of looks and never by a clock.

A deregistered target is `draining` for some looks, then `unused`. A registered one is `initial`, then `unhealthy`, then
`healthy`, the last only if its server has started. A rebooted server starts with the first startup check that passes.

Everything that happens is written down, and so is everything that a careful operator would not do (`violations`).
"""

import threading
from dataclasses import dataclass, field

REASONS = {
    "initial": ("Elb.InitialHealthChecking", "Initial health checks in progress"),
    "unhealthy": ("Target.FailedHealthChecks", "Health checks failed"),
    "draining": ("Target.DeregistrationInProgress", "Target deregistration is in progress"),
    "unused": ("Target.NotRegistered", "Target is not registered to the target group"),
}


@dataclass
class Server:
    state: str = "unused"
    looks: int = 0  # in this state
    started: bool = True
    failed_checks: int = 0  # since the last reboot
    reboots: int = 0


@dataclass
class Configuration:
    draining_looks: int = 2
    initial_looks: int = 1
    unhealthy_looks: int = 1
    # Startup checks that fail after each reboot before one passes.
    failing_checks: int = 1
    never_start: list = field(default_factory=list)


class Fleet:
    """Keeps every target it has heard of. All methods may be called from several threads."""

    def __init__(self):
        self._lock = threading.RLock()
        self.reset()

    def reset(self):
        with self._lock:
            self.configuration = Configuration()
            self._servers = {}
            self.reset_log()

    def reset_log(self):
        with self._lock:
            self._effects = []
            self._violations = []
            self._peak = 0
            for server in self._servers.values():
                server.reboots = 0

    def configure(self, values):
        """Changes settings by their names; an unknown name is an error."""
        with self._lock:
            self.configuration = Configuration(**{**vars(self.configuration), **values})

    def register(self, instance_id):
        with self._lock:
            server = self._servers.setdefault(instance_id, Server())
            self._note("registered", instance_id, stateBefore=server.state)
            if not server.started:
                self._violate(f"{instance_id} was registered before it had started")
            if server.state in ("draining", "unused"):
                self._enter(instance_id, server, "initial")

    def deregister(self, instance_id, enabled_monitoring):
        with self._lock:
            server = self._servers.setdefault(instance_id, Server())
            self._note("deregistered", instance_id, stateBefore=server.state)
            if enabled_monitoring:
                names = ", ".join(enabled_monitoring)
                self._violate(f"{instance_id} was deregistered while monitoring was enabled: {names}")
            if server.state not in ("draining", "unused"):
                self._enter(instance_id, server, "draining")

    def look(self, instance_id):
        """The state of a target, with reason and description. Looking is what makes it move on."""
        with self._lock:
            server = self._servers.setdefault(instance_id, Server())
            seen = server.state
            server.looks += 1
            after = {
                "draining": (self.configuration.draining_looks, "unused"),
                "initial": (self.configuration.initial_looks, "unhealthy"),
                "unhealthy": (self.configuration.unhealthy_looks, "healthy"),
            }
            looks, next_state = after.get(seen, (0, seen))
            may_move = seen != "unhealthy" or server.started
            if next_state != seen and may_move and server.looks >= looks:
                self._enter(instance_id, server, next_state)
            return seen, *REASONS.get(seen, (None, None))

    def listed(self):
        """The targets that a look at the whole group shows."""
        with self._lock:
            return [instance_id for instance_id, server in self._servers.items() if server.state != "unused"]

    def reboot(self, instance_id):
        with self._lock:
            server = self._servers.setdefault(instance_id, Server())
            self._note("rebooted", instance_id, stateBefore=server.state)
            if server.state != "unused":
                self._violate(f"{instance_id} was rebooted while it was {server.state}")
            server.reboots += 1
            if server.reboots > 1:
                self._violate(f"{instance_id} was rebooted {server.reboots} times")
            server.started = False
            server.failed_checks = 0

    def startup_check(self, instance_id):
        """Whether the server answers its health page."""
        with self._lock:
            server = self._servers.get(instance_id)
            if server is None:
                return False
            if not server.started:
                never = instance_id in self.configuration.never_start
                if never or server.failed_checks < self.configuration.failing_checks:
                    server.failed_checks += 1
                else:
                    server.started = True
            self._note("startup check passed" if server.started else "startup check failed", instance_id)
            return server.started

    def note(self, effect, name):
        """Writes down something that happened to an alarm or a rule."""
        with self._lock:
            self._effects.append({"sequence": len(self._effects) + 1, "effect": effect, "name": name})

    def report(self):
        with self._lock:
            rebooted = [effect["instanceId"] for effect in self._effects if effect["effect"] == "rebooted"]
            return {
                "effects": list(self._effects),
                "violations": list(self._violations),
                "peakOutOfService": self._peak,
                "outOfService": self._out_of_service(),
                "rebooted": rebooted,
                "targets": {instance_id: server.state for instance_id, server in self._servers.items()},
            }

    def _out_of_service(self):
        return [instance_id for instance_id, server in self._servers.items() if server.state != "healthy"]

    def _enter(self, instance_id, server, state):
        server.state = state
        server.looks = 0
        self._peak = max(self._peak, len(self._out_of_service()))
        if state in ("unused", "healthy"):
            self._note({"unused": "drained", "healthy": "healthy"}[state], instance_id)

    def _note(self, effect, instance_id, **more):
        entry = {"sequence": len(self._effects) + 1, "effect": effect, "instanceId": instance_id, **more}
        self._effects.append({**entry, "outOfService": self._out_of_service()})

    def _violate(self, text):
        self._violations.append(f"effect {len(self._effects)}: {text}")
