"""The tables. They do not import Flask, and templates are never given a row of them."""

from scanner_app.models.audits.act import Act, ActFinding
from scanner_app.models.audits.asking import AttestationAnswer, AttestationLink, AuditPicture
from scanner_app.models.audits.audit import Audit, Finding
from scanner_app.models.audits.holding import AuditHolding
from scanner_app.models.audits.late import AuditPhone, LateAdmission
from scanner_app.models.audits.matching import AuditMatch
from scanner_app.models.audits.programmes import AuditProgramme, ProgrammePlace, ProgrammeRound
from scanner_app.models.audits.sample import AuditDraw, AuditDrawn, AuditMember
from scanner_app.models.audits.suggesting import SuggestionRule
from scanner_app.models.audits.tally import AuditTally
from scanner_app.models.base import Base, UTCDateTime
from scanner_app.models.circulation import ClosedDay, LendingRule
from scanner_app.models.contracts import (
    Contract,
    ContractAsset,
    ContractEvent,
    ContractPaper,
    DailyCheck,
)
from scanner_app.models.disposal.consignment import (
    Certificate,
    Consignment,
    ConsignmentDocument,
    ConsignmentItem,
    ConsignmentTransfer,
)
from scanner_app.models.disposal.sanitization import Sanitization
from scanner_app.models.health import DeviceHealth, ProductRelease, ProductRule, Vulnerability
from scanner_app.models.jobs import ImportRow, ImportRun, Job, MadeFile, Node
from scanner_app.models.labels import (
    BlankLabel,
    LabelChoice,
    LabelDesign,
    LabelDesignVersion,
    LabelPrint,
    LabelRequest,
    LabelRoll,
    Printer,
    PrintJob,
)
from scanner_app.models.licences import DeviceSoftware, Licence, Seat
from scanner_app.models.lifecycle.facts import DeviceFact
from scanner_app.models.lifecycle.tasks import Checklist, Plan, Task, TaskAnswer
from scanner_app.models.nodes import RateBucket, SchemaFloor, ServiceKey
from scanner_app.models.notices import (
    CalendarFeed,
    MailStop,
    Notice,
    NoticeChoice,
    NoticeDelivery,
    NoticeTo,
    Webhook,
)
from scanner_app.models.people import (
    ApiToken,
    OneTimeLink,
    Passkey,
    Person,
    PhoneCode,
    SignIn,
    Throttle,
    UsedChallenge,
    User,
)
from scanner_app.models.policies import Policy, PolicyResult, PolicyVersion, Waiver
from scanner_app.models.procurement.deliveries import Delivery, DeliveryScan, Receipt
from scanner_app.models.procurement.orders import OrderLine, PurchaseOrder
from scanner_app.models.procurement.requests import Approval, Budget, BuyingEvent, Quote, Request
from scanner_app.models.procurement.suppliers import Supplier, SupplierScheme
from scanner_app.models.reader import Reader, ReadPoint, TagWatch
from scanner_app.models.register.costs import (
    DepreciationRule,
    DepreciationUse,
    ExchangeRate,
    Expense,
    PlanDecision,
    ReplacementPrice,
)
from scanner_app.models.register.floor_plan import FloorPlan, RoomOutline
from scanner_app.models.register.register import (
    Asset,
    AssetModel,
    Attachment,
    Category,
    Custody,
    Identifier,
    Location,
    Placement,
    RegisterChange,
    StatusName,
)
from scanner_app.models.register.saved_view import SavedView
from scanner_app.models.scanning.scan import Scan
from scanner_app.models.scanning.shelf import ScanPicture, ShelfShot
from scanner_app.models.seals.log import LogCheckpoint, LogHead, LogTile
from scanner_app.models.seals.seal import Installation, KeptSignature, Seal, SealPiece
from scanner_app.models.seals.witness import LogWitness
from scanner_app.models.setting import Setting
from scanner_app.models.stock import (
    StockAccount,
    StockCount,
    StockItem,
    StockLevel,
    StockMove,
    StockRule,
)
from scanner_app.models.stockroom.handover import (
    ContestedScan,
    Counter,
    Handover,
    HandoverEvent,
    HandoverLine,
    HandoverLink,
)
from scanner_app.models.stockroom.kits import Kit, KitPiece
from scanner_app.models.stockroom.reservations import (
    Reservation,
    ReservationLine,
    ReservationPick,
)
from scanner_app.models.terms import Terms, TermsAcceptance, TermsVersion

__all__ = [
    "Act",
    "ActFinding",
    "ApiToken",
    "Approval",
    "Asset",
    "AssetModel",
    "Attachment",
    "AttestationAnswer",
    "AttestationLink",
    "Audit",
    "AuditDraw",
    "AuditDrawn",
    "AuditHolding",
    "AuditMatch",
    "AuditMember",
    "AuditPhone",
    "AuditPicture",
    "AuditProgramme",
    "AuditTally",
    "Base",
    "BlankLabel",
    "Budget",
    "BuyingEvent",
    "CalendarFeed",
    "Category",
    "Certificate",
    "Checklist",
    "ClosedDay",
    "Consignment",
    "ConsignmentDocument",
    "ConsignmentItem",
    "ConsignmentTransfer",
    "ContestedScan",
    "Contract",
    "ContractAsset",
    "ContractEvent",
    "ContractPaper",
    "Counter",
    "Custody",
    "DailyCheck",
    "Delivery",
    "DeliveryScan",
    "DepreciationRule",
    "DepreciationUse",
    "DeviceFact",
    "DeviceHealth",
    "DeviceSoftware",
    "ExchangeRate",
    "Expense",
    "Finding",
    "FloorPlan",
    "Handover",
    "HandoverEvent",
    "HandoverLine",
    "HandoverLink",
    "Identifier",
    "ImportRow",
    "ImportRun",
    "Installation",
    "Job",
    "KeptSignature",
    "Kit",
    "KitPiece",
    "LabelChoice",
    "LabelDesign",
    "LabelDesignVersion",
    "LabelPrint",
    "LabelRequest",
    "LabelRoll",
    "LateAdmission",
    "LendingRule",
    "Licence",
    "Location",
    "LogCheckpoint",
    "LogHead",
    "LogTile",
    "LogWitness",
    "MadeFile",
    "MailStop",
    "Node",
    "Notice",
    "NoticeChoice",
    "NoticeDelivery",
    "NoticeTo",
    "OneTimeLink",
    "OrderLine",
    "Passkey",
    "Person",
    "PhoneCode",
    "Placement",
    "Plan",
    "PlanDecision",
    "Policy",
    "PolicyResult",
    "PolicyVersion",
    "PrintJob",
    "Printer",
    "ProductRelease",
    "ProductRule",
    "ProgrammePlace",
    "ProgrammeRound",
    "PurchaseOrder",
    "Quote",
    "RateBucket",
    "ReadPoint",
    "Reader",
    "Receipt",
    "RegisterChange",
    "ReplacementPrice",
    "Request",
    "Reservation",
    "ReservationLine",
    "ReservationPick",
    "RoomOutline",
    "Sanitization",
    "SavedView",
    "Scan",
    "ScanPicture",
    "SchemaFloor",
    "Seal",
    "SealPiece",
    "Seat",
    "ServiceKey",
    "Setting",
    "ShelfShot",
    "SignIn",
    "StatusName",
    "StockAccount",
    "StockCount",
    "StockItem",
    "StockLevel",
    "StockMove",
    "StockRule",
    "SuggestionRule",
    "Supplier",
    "SupplierScheme",
    "TagWatch",
    "Task",
    "TaskAnswer",
    "Terms",
    "TermsAcceptance",
    "TermsVersion",
    "Throttle",
    "UTCDateTime",
    "UsedChallenge",
    "User",
    "Vulnerability",
    "Waiver",
    "Webhook",
]
