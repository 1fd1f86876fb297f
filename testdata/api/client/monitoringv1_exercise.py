"""Every operation of /o2ims-infrastructureMonitoring/v1."""

import time

import oran
from calls import check


def exercise(api):
    oran.versions(api, "listVersions", "listMinorVersions")
    alarms(api)
    oran.read(api, "listProbableCauses", "getProbableCause", "probable_cause_id")
    configuration(api)
    oran.subscribe(api, "AlarmSubscription", "AlarmSubscriptionCreate", "alarm_subscription_id", twice=400, deleted=200)


def alarms(api):
    raised = wait(api)
    oran.read(api, "listAlarms", "getAlarm", "alarm_event_record_id")
    one = raised[0].alarm_event_record_id
    said = api.call("patchAlarm", one, body=api.model("AlarmEventRecordModifications", {"alarmAcknowledged": True}))
    check(said.alarm_acknowledged is True, f"patchAlarm: {said}")
    check(api.call("getAlarm", one).alarm_acknowledged, "the alarm is not acknowledged")
    api.call("patchAlarm", one, body=api.model("AlarmEventRecordModifications", {"perceivedSeverity": 5}))
    check(api.call("getAlarm", one).perceived_severity == 5, "the alarm is not cleared")
    api.call("patchAlarm", one, body=api.model("AlarmEventRecordModifications", {"perceivedSeverity": 5}), want=409)
    api.call("patchAlarm", one, body=api.model("AlarmEventRecordModifications", {}), want=400)
    api.unknown("patchAlarm", oran.NOBODY, body=api.model("AlarmEventRecordModifications", {"alarmAcknowledged": True}))


def wait(api):
    """The alarms, which the backend is asked for now and then."""
    for _ in range(300):
        if raised := api.call("listAlarms"):
            return raised
        time.sleep(0.1)
    check(False, "no alarm is raised within 30 s")


def configuration(api):
    check(api.call("getAlarmServiceConfiguration").retention_period >= 1, "alarms are not kept")
    replaced = api.call("replaceAlarmServiceConfiguration", body=api.model("AlarmServiceConfigurationReplacement", {"retentionPeriod": 3, "extensions": {"Zone": 1}}))
    check(replaced.retention_period == 3, f"replaced: {replaced}")
    patched = api.call("patchAlarmServiceConfiguration", body=api.model("AlarmServiceConfigurationPatch", {"retentionPeriod": 4}))
    check((patched.retention_period, patched.extensions.to_dict()) == (4, {"Zone": 1}), f"patched: {patched}")
    api.call("replaceAlarmServiceConfiguration", body=api.model("AlarmServiceConfigurationReplacement", {"retentionPeriod": 0}), want=400)
