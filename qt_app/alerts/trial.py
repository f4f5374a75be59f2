"""Tries the notifications: a test message to each service, and what it answered."""
from __future__ import annotations

from time import monotonic

from qt_app.alerts.codes import INFO, Code
from qt_app.alerts.service import Service, services
from qt_app.catalogue import word
from qt_app.config import Config
from qt_app.errors import ConfigError, ExitCode
from qt_app.services.finding import Finding

NAME = "notifications"


def known(config: Config) -> Finding:
    """Whether somebody would be notified; sends nothing and asks nobody."""
    if not config.alerts.urls:
        return Finding(NAME, "ok", "nobody is notified: QT_ALERT_URLS is not set")
    try:
        count = len(services(config.alerts.urls.reveal()))
    except ConfigError as error:
        return Finding(NAME, "fail", str(error), "correct QT_ALERT_URLS", error.code)
    return Finding(NAME, "ok", f"{count} service{'s' * (count != 1)}, from {config.alerts.notify_level} on; "
                               "`qt doctor --notify` tries them")


def trial(config: Config) -> list[Finding]:
    """Waits for each service's answer, some seconds at most."""
    if not config.alerts.urls:
        remedy = "set QT_ALERT_URLS to an apprise address, in the keyring, the environment or .env.production"
        return [Finding(NAME, "fail", "there is no service to try", remedy, ExitCode.CONFIG)]
    finding = known(config)
    if finding.verdict == "fail":
        return [finding]
    return [_try(service, config.alerts.language) for service in services(config.alerts.urls.reveal())]


def _try(service: Service, language: str) -> Finding:
    began = monotonic()
    failed = service.send(f"qt: {Code.TEST.name}", word("test", language), INFO)
    if failed:
        return Finding(service.name, "fail", failed, "check its address in QT_ALERT_URLS, its token and the network",
                       ExitCode.TIMEOUT)
    return Finding(service.name, "ok", f"took the test message in {monotonic() - began:.1f} s")
