"""Wires up education registration."""

from dataclasses import dataclass

from assembly_service.domain.code_pattern import compile_pattern
from assembly_service.drafts.education.api import EducationApi
from assembly_service.drafts.education.calls import COMMIT_STEP, PREFIX, education_document
from assembly_service.drafts.education.checks import Checks
from assembly_service.drafts.education.creation import EducationCreation, EducationRecords
from assembly_service.drafts.education.execution import EducationExecution
from assembly_service.drafts.education.lookups import EducationLookups
from assembly_service.drafts.education.recategorisation import Recategorisation
from assembly_service.drafts.education.recategorisation_job import RecategorisationJob
from assembly_service.drafts.education.record_reader import RecordReader
from assembly_service.drafts.education.reference import Reference
from assembly_service.drafts.education.rules import LocalRules
from assembly_service.drafts.education.workflow import EDUCATION_REGISTRATION, EducationSteps
from assembly_service.drafts.engine.draft_engine import DraftEngine
from assembly_service.drafts.engine.requests import create_system_application
from assembly_service.drafts.engine.system_drafts import Drafts
from assembly_service.http.mounting import Mounted
from assembly_service.settings.drafts import EducationSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class EducationRegistration:
    """The education registration of an instance."""

    mounted: Mounted
    drafts: Drafts
    job: RecategorisationJob


def create_education_registration(
    settings: EducationSettings, engine: DraftEngine
) -> EducationRegistration:
    """Create the registration on an instance's engine.

    The engine sweeps its sessions and runs the daily job that updates categories.
    """
    drafts = engine.drafts_of(EDUCATION_REGISTRATION, commit_step=COMMIT_STEP)
    table, client = settings.dynamodb_records_table, engine.clients.dynamodb
    reference = Reference(client=client, table=table, clock=engine.clock)
    checks = Checks(
        local_rules=LocalRules(
            registration=compile_pattern(settings.coto_registration_pattern),
            registration_hint=settings.coto_registration_hint,
            most_future_years=settings.graduation_max_future_years,
        ),
        records=RecordReader(client=client, table=table),
        reference=reference,
        clock=engine.clock,
    )
    job = RecategorisationJob(
        recategorisation=Recategorisation(
            client=client,
            table=table,
            drafts_table=settings.dynamodb_drafts_table,
            reference=reference,
            clock=engine.clock,
            nudge=engine.relay.nudge,
        ),
        client=client,
        table=table,
        clock=engine.clock,
    )
    engine.add_job("education-recategorisation", job.run)
    api = _api(settings, engine, drafts, checks)
    application = create_system_application(EDUCATION_REGISTRATION, api.routes(), engine)
    mounted = Mounted(applications={PREFIX: application}, document=education_document())
    return EducationRegistration(mounted=mounted, drafts=drafts, job=job)


def _api(
    settings: EducationSettings, engine: DraftEngine, drafts: Drafts, checks: Checks
) -> EducationApi:
    drafts_table = settings.dynamodb_drafts_table
    steps = EducationSteps(drafts=drafts, checks=checks, drafts_table=drafts_table)
    lookups = EducationLookups(
        drafts=drafts,
        records=checks.records,
        client=engine.clients.dynamodb,
        drafts_table=drafts_table,
    )
    creation = EducationCreation(
        drafts=drafts,
        checks=checks,
        commit=engine.commit_of(
            EducationRecords(settings.dynamodb_records_table),
            drafts,
            replay_seconds=settings.education_replay_seconds,
        ),
    )
    return EducationApi(
        steps=steps,
        lookups=lookups,
        creation=creation,
        execution=EducationExecution(steps=steps, creation=creation),
        background=engine.background,
        verifier=engine.verifier,
    )
