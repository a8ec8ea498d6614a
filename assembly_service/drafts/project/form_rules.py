"""What a form needs to know of a project: labels, and what a commit accepts, as JSON Schema."""

from collections.abc import Mapping

from assembly_service.drafts.project.validation import PRIORITIES
from assembly_service.http.schemas import Schema

TITLES: Mapping[str, str] = {
    "projectName": "Name",
    "projectDescription": "Description",
    "buildingType": "Building type",
    "squareFootage": "Square footage",
    "numberOfFloors": "Floors",
    "numberOfZones": "Zones",
    "clientName": "Client",
    "clientEmail": "Client's e-mail address",
    "clientPhone": "Client's phone number",
    "projectLocation": "Location",
    "estimatedStartDate": "Start date",
    "estimatedEndDate": "End date",
    "budget": "Budget",
    "priority": "Priority",
    "uploadedFiles": "Documents",
    "aiSourcing": "AI sourcing",
    "connectors": "Connectors",
    "aiAnalysis": "AI analysis",
}

WHEN_COMMITTED: Schema = {
    "properties": {
        "projectName": {"minLength": 1, "maxLength": 100},
        "projectDescription": {"maxLength": 500},
        "squareFootage": {"exclusiveMinimum": 0, "exclusiveMaximum": 1_000_000},
        "numberOfFloors": {"type": "integer", "minimum": 1, "maximum": 99},
        "numberOfZones": {"type": "integer", "minimum": 1, "maximum": 49},
        "clientName": {"maxLength": 100},
        "clientEmail": {"format": "email"},
        "clientPhone": {"pattern": r"^\+?[0-9 ().-]{7,20}$"},
        "projectLocation": {"maxLength": 200},
        "estimatedStartDate": {"format": "date"},
        "estimatedEndDate": {"format": "date"},
        "budget": {"minimum": 0},
        "priority": {"enum": list(PRIORITIES)},
    },
    "required": ["projectName", "buildingType", "squareFootage"],
}
"""The rules of `validation` for values that are not empty, as far as JSON Schema can say them."""
